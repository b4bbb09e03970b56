//! The container of an xls: a file system of sectors (OLE, "compound file"), walked without trust.
//!
//! Its chains of sectors may run in circles or past the end of the file, and its sizes may be anything: followed
//! blindly, a file of some kilobytes asks for gigabytes, and what lacks at its end is silently short. Here every chain
//! ends, every sector is inside the file, and a stream is as long as it says, or the file is refused.

/// Why a container cannot be read.
pub(super) type Fault = &'static str;

const SIGNATURE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const CIRCLE: Fault = "扇区链成环/a chain of sectors runs in a circle";
const CUT: Fault = "文件不完整/the file is cut off";
const HEADER: Fault = "文件头损坏/the header is damaged";
/// Sectors of this number and above are no sectors.
const RESERVED: u32 = 0xFFFF_FFFA;
/// Streams shorter than this are in sectors of [`MINI_BYTES`].
const MINI_LIMIT: usize = 4096;
const MINI_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;

/// An open container.
pub(super) struct Compound<'b> {
    bytes: &'b [u8],
    sector_bytes: usize,
    next: Vec<u32>,
    next_mini: Vec<u32>,
    /// Sectors of the stream that holds the small ones.
    minis: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    length: usize,
}

/// A stream, and where its bytes are in the file.
pub(super) struct Stream {
    pub(super) bytes: Vec<u8>,
    sector_bytes: usize,
    /// Place of each of its sectors in the file.
    places: Vec<usize>,
}

impl Stream {
    /// Where a byte of the stream is in the file.
    pub(super) fn place(&self, at: usize) -> Option<usize> {
        Some(self.places.get(at / self.sector_bytes)? + at % self.sector_bytes)
    }
}

impl<'b> Compound<'b> {
    /// Opens a container.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Fault> {
        let header = bytes.get(..512).filter(|header| header.starts_with(SIGNATURE)).ok_or(HEADER)?;
        let sector_bytes = match u16_at(header, 30) {
            9 => 512,
            12 => 4096,
            _ => return Err(HEADER),
        };
        let mut container = Self {
            bytes,
            sector_bytes,
            next: Vec::new(),
            next_mini: Vec::new(),
            minis: Vec::new(),
            entries: Vec::new(),
        };
        container.read_table(header)?;
        let directory = container.read(&container.chain(u32_at(header, 48), &container.next)?)?;
        container.entries = directory.chunks_exact(ENTRY_BYTES).map(|entry| Entry::of(entry, sector_bytes)).collect();
        let root = container.entries.first().ok_or(HEADER)?;
        if u32_at(header, 64) > 0 {
            let minis = container.chain(root.start, &container.next)?;
            if minis.len() * sector_bytes < root.length {
                return Err(CUT);
            }
            let table = container.read(&container.chain(u32_at(header, 60), &container.next)?)?;
            (container.minis, container.next_mini) = (minis, numbers(&table));
        }
        Ok(container)
    }

    /// The first stream of this name, whole; none without one.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Stream>, Fault> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        let is_mini = entry.length < MINI_LIMIT;
        let sector_bytes = if is_mini { MINI_BYTES } else { self.sector_bytes };
        let chain = self.chain(entry.start, if is_mini { &self.next_mini } else { &self.next })?;
        let needed = entry.length.div_ceil(sector_bytes);
        let chain = chain.get(..needed).ok_or(CUT)?;
        let places: Option<Vec<usize>> =
            chain.iter().map(|id| if is_mini { self.mini_place(*id) } else { Some(self.place(*id)) }).collect();
        let places = places.ok_or(CUT)?;
        let mut bytes = Vec::with_capacity(entry.length.min(self.bytes.len()));
        for place in &places {
            let length = sector_bytes.min(entry.length - bytes.len());
            bytes.extend_from_slice(self.bytes.get(*place..place + length).ok_or(CUT)?);
        }
        Ok(Some(Stream { bytes, sector_bytes, places }))
    }

    /// Reads which sector follows which.
    fn read_table(&mut self, header: &[u8]) -> Result<(), Fault> {
        let mut tables: Vec<u32> = numbers(&header[76..]).into_iter().filter(|id| *id < RESERVED).collect();
        let mut list = u32_at(header, 68);
        for _ in 0..=self.sectors() {
            if list >= RESERVED {
                break;
            }
            let mut ids = numbers(self.sector(list)?);
            list = ids.pop().ok_or(HEADER)?;
            tables.extend(ids.into_iter().filter(|id| *id < RESERVED));
            if tables.len() > self.sectors() {
                return Err(CIRCLE);
            }
        }
        // A table that is listed again and again would follow more sectors than there are.
        if tables.len() * (self.sector_bytes / 4) > 4 * self.sectors() + 109 * self.sector_bytes {
            return Err(CIRCLE);
        }
        self.next = numbers(&self.read(&tables)?);
        Ok(())
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector_bytes
    }

    fn place(&self, id: u32) -> usize {
        (id as usize + 1) * self.sector_bytes
    }

    /// Where a small sector is in the file.
    fn mini_place(&self, id: u32) -> Option<usize> {
        let at = id as usize * MINI_BYTES;
        Some(self.place(*self.minis.get(at / self.sector_bytes)?) + at % self.sector_bytes)
    }

    fn sector(&self, id: u32) -> Result<&'b [u8], Fault> {
        let place = self.place(id);
        self.bytes.get(place..place + self.sector_bytes).ok_or(CUT)
    }

    /// The sectors from `first` on.
    fn chain(&self, first: u32, next: &[u32]) -> Result<Vec<u32>, Fault> {
        let (mut chain, mut id) = (Vec::new(), first);
        while id < RESERVED {
            chain.push(id);
            if chain.len() > next.len() {
                return Err(CIRCLE);
            }
            id = *next.get(id as usize).ok_or(CUT)?;
        }
        Ok(chain)
    }

    fn read(&self, ids: &[u32]) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::with_capacity(ids.len() * self.sector_bytes);
        for id in ids {
            bytes.extend_from_slice(self.sector(*id)?);
        }
        Ok(bytes)
    }
}

impl Entry {
    fn of(entry: &[u8], sector_bytes: usize) -> Self {
        let units = entry[..64].chunks_exact(2).map(|pair| u16_at(pair, 0)).take_while(|unit| *unit != 0);
        let name = char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect();
        let high = if sector_bytes == 512 { 0 } else { u64::from(u32_at(entry, 124)) };
        let length = high << 32 | u64::from(u32_at(entry, 120));
        Self { name, start: u32_at(entry, 116), length: usize::try_from(length).unwrap_or(usize::MAX) }
    }
}

/// A number of two bytes; none beyond the end is 0.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |pair| u16::from_le_bytes([pair[0], pair[1]]))
}

/// A number of four bytes; none beyond the end is 0.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|four| u32_at(four, 0)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A container of one stream: sector 0 is the table, sector 1 the directory, the stream follows.
    pub(in crate::ingest::workbook) fn container(name: &str, stream: &[u8]) -> Vec<u8> {
        let sectors = stream.len().div_ceil(512);
        assert!(stream.len() >= MINI_LIMIT && sectors < 120);
        let mut bytes = [SIGNATURE, &[0; 504]].concat();
        bytes[26..34].copy_from_slice(&[3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
        bytes[44] = 1;
        bytes[48] = 1;
        bytes[68..72].fill(0xFF);
        bytes[76..512].fill(0xFF);
        bytes[76..80].fill(0);
        let mut table = vec![0xFFFF_FFFD_u32, 0xFFFF_FFFE];
        table.extend((0..sectors as u32).map(|id| if id + 1 == sectors as u32 { 0xFFFF_FFFE } else { id + 3 }));
        table.resize(128, u32::MAX);
        bytes.extend(table.iter().flat_map(|id| id.to_le_bytes()));
        for (name, start, length) in [("Root Entry", RESERVED, 0), (name, 2, stream.len() as u32)] {
            let mut entry = [0; ENTRY_BYTES];
            for (at, unit) in name.encode_utf16().enumerate() {
                entry[2 * at..2 * at + 2].copy_from_slice(&unit.to_le_bytes());
            }
            entry[64] = 2 * name.len() as u8 + 2;
            entry[66] = if length == 0 { 5 } else { 2 };
            entry[116..120].copy_from_slice(&start.to_le_bytes());
            entry[120..124].copy_from_slice(&length.to_le_bytes());
            bytes.extend(entry);
        }
        bytes.resize(512 * 3, 0);
        bytes.extend(stream);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }

    fn stream_of(bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(Compound::open(bytes)?.stream("workbook")?.map(|stream| stream.bytes))
    }

    #[test]
    fn a_stream_is_whole_or_refused() {
        let stream: Vec<u8> = (0..5000_u32).map(|byte| byte as u8).collect();
        let bytes = container("Workbook", &stream);
        assert_eq!(stream_of(&bytes), Ok(Some(stream.clone())));
        let open = Compound::open(&bytes).expect("a container").stream("Workbook").expect("whole").expect("there");
        for at in [0, 511, 512, 4999] {
            assert_eq!(bytes[open.place(at).expect("a place")], stream[at], "{at}");
        }
        assert_eq!(Compound::open(&bytes).map(|c| c.stream("Book").map(|s| s.is_none())), Ok(Ok(true)));
        // Padding may lack, content may not.
        assert_eq!(stream_of(&bytes[..512 * 3 + 5000]), Ok(Some(stream)));
        for length in [0, 600, 1536, 512 * 3 + 4999] {
            assert!(stream_of(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_chain_in_a_circle_ends() {
        let mut bytes = container("Workbook", &[7; 5000]);
        // The directory follows itself.
        bytes[512 + 4..512 + 8].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(stream_of(&bytes), Err(CIRCLE));
        let mut bytes = container("Workbook", &[7; 5000]);
        bytes[512 + 12..512 + 16].copy_from_slice(&2_u32.to_le_bytes());
        assert_eq!(stream_of(&bytes), Err(CIRCLE));
    }
}

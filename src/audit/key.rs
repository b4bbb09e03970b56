//! Stable identities of findings.
//!
//! `finding_id = base32(BLAKE3-keyed(rule, side, scope, subject, field, period)[..16])`, every part preceded by its
//! length so that no two lists of parts collide. No value and no row number goes in: the same problem keeps its id
//! while its values change and its rows move. The key is derived from the site's own, so ids of two counties cannot
//! be joined. Of findings that share all parts the first, in an order of content, has the identity itself as its id; the
//! others are told apart by the numbers of whom they are about.

/// Hashes the parts of a finding's identity.
pub(crate) struct Keyer([u8; 32]);

/// The identity of a finding, which others of the same subject may share.
pub(crate) type Base = [u8; 16];

impl Keyer {
    /// A keyer of one site.
    pub(crate) fn new(site_key: &str) -> Self {
        Self(blake3::derive_key("hedui finding id v1", site_key.as_bytes()))
    }
    /// The identity of these parts.
    pub(crate) fn base(&self, parts: &[&str]) -> Base {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        first_half(hasher.finalize())
    }
    /// The id of a finding with that identity.
    pub(crate) fn id(base: &Base) -> String {
        encode(base)
    }
    /// The id of another finding with that identity: about these, the `equal`th of several.
    pub(crate) fn id_of(&self, base: &Base, whom: &[&str], equal: u32) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(base);
        for part in whom {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&equal.to_le_bytes());
        encode(&first_half(hasher.finalize()))
    }
}

fn first_half(hash: blake3::Hash) -> Base {
    std::array::from_fn(|at| hash.as_bytes()[at])
}

/// RFC 4648 base32, lower case, without padding: 26 characters.
fn encode(bytes: &Base) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let value = u128::from_be_bytes(*bytes);
    (0..26)
        .map(|at| {
            let shift = 123 - 5 * at;
            let five = if shift >= 0 { value >> shift } else { value << -shift };
            char::from(ALPHABET[(five & 31) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_as_in_rfc_4648() {
        // "foobar" repeated to 16 bytes, encoded by hand with RFC 4648 §10: MZXW6YTBOI is "foobar" without padding.
        assert_eq!(&encode(b"foobarfoobarfoob")[..8], "mzxw6ytb");
        assert_eq!(encode(&[0; 16]), "a".repeat(26));
        assert_eq!(encode(&[0xff; 16]), format!("{}4", "7".repeat(25)));
    }

    #[test]
    fn parts_are_length_prefixed_and_keys_differ() {
        let keyer = Keyer::new("a");
        assert_ne!(keyer.base(&["ab", "c"]), keyer.base(&["a", "bc"]));
        assert_ne!(keyer.base(&["ab"]), Keyer::new("b").base(&["ab"]));
        let base = keyer.base(&["x"]);
        assert_ne!(Keyer::id(&base), keyer.id_of(&base, &["1"], 0));
        assert_ne!(keyer.id_of(&base, &["1"], 0), keyer.id_of(&base, &["1"], 1));
        assert_ne!(keyer.id_of(&base, &["12", ""], 0), keyer.id_of(&base, &["1", "2"], 0));
        assert_eq!(keyer.id_of(&base, &["1"], 0).len(), 26);
    }
}

//! Edit distance of short arrays.
//!
//! Optimal string alignment: insert, delete, replace, swap two neighbours; no substring edited twice. Two kernels for two
//! questions: [`osa`] tells the distance, by the bit-parallel recurrence of Hyyrö (2003), one machine word holding a column
//! of the matrix; [`up_to_two`] asks only whether it is at most two, which comparing a few slices tells. Both work on any items
//! that can be compared, so they serve bytes of an identifier and characters of a name.

/// Longest input the single word of [`osa`] holds.
pub const MAX_LEN: usize = 64;

/// Optimal string alignment distance; items beyond [`MAX_LEN`] are ignored.
pub fn osa<T: Copy + PartialEq>(a: &[T], b: &[T]) -> usize {
    let (a, b) = without_common_ends(&a[..a.len().min(MAX_LEN)], &b[..b.len().min(MAX_LEN)]);
    if a.is_empty() {
        return b.len();
    }
    let last = 1_u64 << (a.len() - 1);
    let (mut rises, mut falls) = (u64::MAX, 0_u64);
    let (mut diagonal, mut seen_before) = (0_u64, 0_u64);
    let mut distance = a.len();
    for &item in b {
        let seen = positions(a, item);
        let swapped = ((!diagonal & seen) << 1) & seen_before;
        diagonal = ((seen & rises).wrapping_add(rises) ^ rises) | seen | falls | swapped;
        let right_rises = falls | !(diagonal | rises);
        let right_falls = diagonal & rises;
        distance += usize::from(right_rises & last != 0);
        distance -= usize::from(right_falls & last != 0);
        let right_rises = (right_rises << 1) | 1;
        rises = (right_falls << 1) | !(diagonal | right_rises);
        falls = right_rises & diagonal;
        seen_before = seen;
    }
    distance
}

/// The distance when it is at most two: few comparisons of slices.
///
/// Without their common ends, both arrays begin and end with an edit, so at most one edit is at each end and what is
/// between them is equal as it stands.
pub fn up_to_two<T: Copy + PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    if long.len() - short.len() > 2 {
        return None;
    }
    let (long, short) = without_common_ends(long, short);
    match (long, short) {
        (_, []) => Some(long.len()),
        (_, _) if long.len() == short.len() => same_length(long, short),
        ([_, middle @ .., _], _) if middle.len() == short.len() => (middle == short).then_some(2),
        ([_, first_less @ ..], _) if long.len() == short.len() + 1 => {
            let last_less = &long[..short.len()];
            let slips = [first_less, last_less].into_iter().filter_map(|long| up_to_one(long, short)).min()?;
            Some(slips + 1)
        }
        _ => None,
    }
}

/// Arrays of one length that begin and end differently.
fn same_length<T: Copy + PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    let length = a.len();
    let shifted = || a[1..] == b[..length - 1] || a[..length - 1] == b[1..];
    let head = 1 + usize::from(is_swapped(a, b, 0));
    let tail = 1 + usize::from(length >= 2 && is_swapped(a, b, length - 2));
    match length {
        1 => Some(1),
        2 => Some(if head == 2 { 1 } else { 2 }),
        _ if head + tail <= length && a[head..length - tail] == b[head..length - tail] => Some(2),
        _ => shifted().then_some(2),
    }
}

/// The distance of arrays of one length when it is at most one.
fn up_to_one<T: Copy + PartialEq>(a: &[T], b: &[T]) -> Option<usize> {
    let (a, b) = without_common_ends(a, b);
    match a.len() {
        length @ (0 | 1) => Some(length),
        2 if is_swapped(a, b, 0) => Some(1),
        _ => None,
    }
}

fn is_swapped<T: Copy + PartialEq>(a: &[T], b: &[T], at: usize) -> bool {
    at + 1 < a.len() && a[at] == b[at + 1] && a[at + 1] == b[at]
}

/// Equal items at both ends cost nothing in some best alignment.
fn without_common_ends<'a, T: Copy + PartialEq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let head = a.iter().zip(b).take_while(|(left, right)| left == right).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(left, right)| left == right).count();
    (&a[..a.len() - tail], &b[..b.len() - tail])
}

/// Bit `i` is set where `a[i] == item`.
fn positions<T: Copy + PartialEq>(a: &[T], item: T) -> u64 {
    a.iter().enumerate().fold(0, |bits, (at, &other)| bits | (u64::from(other == item) << at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let check = |a: &str, b: &str, expected| {
            assert_eq!(osa(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(up_to_two(a.as_bytes(), b.as_bytes()), (expected <= 2).then_some(expected), "{a} {b}");
        };
        check("", "", 0);
        check("", "ab", 2);
        check("ab", "", 2);
        check("ab", "ba", 1);
        check("ca", "abc", 3);
        check("kitten", "sitting", 3);
    }

    /// Every two words of at most six letters out of two: all there is to get wrong about two edits.
    #[test]
    fn agrees_with_strsim_on_all_short_words() {
        let words: Vec<String> = (1_u32..128).map(|word| format!("{word:b}")[1..].to_owned()).collect();
        for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
            let expected = strsim::osa_distance(a, b);
            assert_eq!(osa(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(up_to_two(a.as_bytes(), b.as_bytes()), (expected <= 2).then_some(expected), "{a} {b}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn agrees_with_strsim(a in "[abc]{0,20}", b in "[abc]{0,20}") {
            let expected = strsim::osa_distance(&a, &b);
            prop_assert_eq!(osa(a.as_bytes(), b.as_bytes()), expected);
            prop_assert_eq!(up_to_two(a.as_bytes(), b.as_bytes()), (expected <= 2).then_some(expected));
        }
        #[test]
        fn agrees_with_strsim_after_edits(
            a in "[0-3]{4,19}",
            edits in proptest::collection::vec((0..4, 0..19_usize, 0..4_u8), 1..4),
        ) {
            let mut edited = a.clone().into_bytes();
            for (kind, at, digit) in edits {
                let at = at % edited.len();
                match kind {
                    0 => edited[at] = b'0' + digit,
                    1 => edited.insert(at, b'0' + digit),
                    2 if edited.len() > 1 => drop(edited.drain(at..=at)),
                    _ => {
                        let next = (at + 1) % edited.len();
                        edited.swap(at, next);
                    }
                }
            }
            let b = String::from_utf8_lossy(&edited).into_owned();
            let expected = strsim::osa_distance(&a, &b);
            prop_assert_eq!(up_to_two(a.as_bytes(), b.as_bytes()), (expected <= 2).then_some(expected), "{} {}", a, b);
        }
        #[test]
        fn agrees_with_strsim_on_characters(a in "[张王李伟明]{0,8}", b in "[张王李伟明]{0,8}") {
            let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(osa(&left, &right), strsim::osa_distance(&a, &b));
        }
        #[test]
        fn agrees_with_strsim_on_full_words(a in "[0-9]{60,64}", b in "[0-9]{60,64}") {
            prop_assert_eq!(osa(a.as_bytes(), b.as_bytes()), strsim::osa_distance(&a, &b));
        }
    }
}

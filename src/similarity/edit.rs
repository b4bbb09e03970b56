//! Edit distance of short arrays.
//!
//! Optimal string alignment (insert, delete, replace, swap two neighbours; no substring edited twice), computed with the
//! bit-parallel recurrence of Hyyrö (2003): one machine word holds a column of the matrix. Works on any items that can be
//! compared, so the same function serves bytes of an identifier and characters of a name.

/// Longest input the single word holds.
pub const MAX_LEN: usize = 64;

/// Optimal string alignment distance; items beyond [`MAX_LEN`] are ignored.
pub fn osa<T: Copy + PartialEq>(a: &[T], b: &[T]) -> usize {
    let (a, b) = (&a[..a.len().min(MAX_LEN)], &b[..b.len().min(MAX_LEN)]);
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
        let check = |a: &str, b: &str, expected| assert_eq!(osa(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        check("", "", 0);
        check("", "ab", 2);
        check("ab", "", 2);
        check("ab", "ba", 1);
        check("ca", "abc", 3);
        check("kitten", "sitting", 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn agrees_with_strsim(a in "[abc]{0,20}", b in "[abc]{0,20}") {
            prop_assert_eq!(osa(a.as_bytes(), b.as_bytes()), strsim::osa_distance(&a, &b));
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

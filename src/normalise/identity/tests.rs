use super::*;

/// An independent check: ISO 7064 says that Σ aᵢ·2^(i-1) ≡ 1 (mod 11), X being ten, the check character counted.
fn proves_itself(id: &str) -> bool {
    let sum: u32 = id
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| if byte == b'X' { 10 } else { u32::from(byte - b'0') } * (1 << place))
        .sum();
    sum % 11 == 1
}

fn with_check(digits: &str) -> String {
    let check = "0123456789X".chars().find(|&check| proves_itself(&format!("{digits}{check}")));
    format!("{digits}{}", check.unwrap())
}

fn check(cell: &str, class: IdClass, id18: Option<&str>) {
    let identity = parse(cell);
    assert_eq!(identity.class, class, "{cell}");
    assert_eq!(identity.id18.as_ref().map(Id18::as_str), id18, "{cell}");
}

#[test]
fn check_characters_agree_with_iso_7064() {
    for sequence in 0..1000 {
        let digits = format!("34122719520304{sequence:03}");
        let id = with_check(&digits);
        check(&id, IdClass::Valid18, Some(&id));
        for wrong in "0123456789X".chars().filter(|&c| !id.ends_with(c)) {
            assert!(!parse(&format!("{digits}{wrong}")).is_trustworthy());
        }
    }
    // The example of GB 11643-1999 itself.
    check("11010519491231002X", IdClass::Valid18, Some("11010519491231002X"));
}

#[test]
fn one_wrong_digit_or_two_swapped_are_always_seen() {
    let id = with_check("34122719520304123");
    for place in 0..17 {
        for digit in b'0'..=b'9' {
            let mut bytes = id.clone().into_bytes();
            if bytes[place] != digit {
                bytes[place] = digit;
                assert!(!parse(str::from_utf8(&bytes).unwrap()).is_trustworthy());
            }
        }
    }
    for place in 0..16 {
        let mut bytes = id.clone().into_bytes();
        bytes.swap(place, place + 1);
        assert_eq!(parse(str::from_utf8(&bytes).unwrap()).is_trustworthy(), bytes == id.as_bytes());
    }
}

#[test]
fn width_case_blanks_quotes_and_likenesses_of_x() {
    let id = Some("11010519491231002X");
    for cell in [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２ｘ",
        "'11010519491231002X",
        "‘11010519491231002X",
        "`11010519491231002×",
        " 110105 19491231\u{A0}002Х\u{3000}\r\n",
        "\u{FEFF}11010519491231002X\u{200B}\t",
    ] {
        check(cell, IdClass::Valid18, id);
        assert_eq!(parse(cell).norm, "11010519491231002X");
    }
}

#[test]
fn certificates_of_the_disabled() {
    let certificate = parse("11010519491231002X42");
    assert_eq!(certificate.class, IdClass::Disability20);
    assert_eq!((certificate.disability_kind, certificate.disability_grade), (Some(4), Some(2)));
    assert_eq!(certificate.id18.unwrap().as_str(), "11010519491231002X");
    let reissued = parse("11010519491231002x42b1");
    assert_eq!((reissued.class, reissued.disability_kind), (IdClass::Disability22, Some(4)));
    let no_kind = parse("11010519491231002X95");
    assert_eq!((no_kind.class, no_kind.disability_kind, no_kind.disability_grade), (IdClass::Disability20, None, None));
    check("11010519491231003X42", IdClass::BadCheck, None);
    check("34122719520304100000", IdClass::ExcelTruncated, None);
}

#[test]
fn old_numbers_are_upgraded() {
    let id = with_check("34122719520304123");
    check("341227520304123", IdClass::Upgraded15, Some(&id));
    check("341227521304123", IdClass::BadBirthDate, None);
}

#[test]
fn what_excel_makes_of_numbers() {
    check("341227195203041000", IdClass::ExcelTruncated, None);
    check("3.41227E+17", IdClass::Scientific, None);
    check("3.41227195203041E+17", IdClass::ExcelTruncated, None);
    assert_eq!(parse("3.41227195203041E+17").norm, "341227195203041000");
    check("341227195203041000.0", IdClass::ExcelTruncated, None);
}

#[test]
fn a_lucky_number_among_damaged_ones_is_not_believed() {
    let lucky = (0..10_000)
        .map(|day| format!("3412271952{:02}{:02}{}00", 1 + day % 12, 1 + day / 12 % 28, day % 10))
        .map(|digits| with_check(&digits))
        .find(|id| id.ends_with("000"))
        .unwrap();
    let after = |others: &[&str], n: usize| {
        let others = others.iter().copied().cycle().take(n);
        let mut identities: Vec<Identity> = std::iter::once(lucky.as_str()).chain(others).map(parse).collect();
        distrust_lucky_numbers(&mut identities);
        identities[0].class
    };
    assert_eq!(after(&[], 0), IdClass::Valid18);
    assert_eq!(after(&["11010519491231002X"], 100), IdClass::Valid18);
    assert_eq!(after(&["341227195203041000", "11010519491231002X"], 100), IdClass::ExcelTruncated);
}

#[test]
fn seventeen_digits_are_trusted_only_before_an_x() {
    check("11010519491231002", IdClass::MissingCheck, Some("11010519491231002X"));
    let other = with_check("34122719520304123");
    assert!(!other.ends_with('X'));
    check("34122719520304123", IdClass::MissingCheck, None);
    check("34122719521304123", IdClass::BadLength, None);
}

#[test]
fn one_number_among_other_text() {
    let id = Some("11010519491231002X");
    check("G11010519491231002X", IdClass::Repaired, id);
    check("张三11010519491231002X", IdClass::Repaired, id);
    check("11010519491231002X(已故)", IdClass::Repaired, id);
    check("110105-19491231-002X", IdClass::Repaired, id);
    check("11O1O519491231002X", IdClass::Repaired, id);
    check("l10105l949123l002X", IdClass::Repaired, id);
    check("11010519491231002X/11010519491231002X", IdClass::Repaired, id);
    check("11010519491231002*", IdClass::Repaired, id);
    check("11O1O519491231003X", IdClass::BadCheck, None);
    let two = format!("11010519491231002X/{}", with_check("34122719520304123"));
    check(&two, IdClass::Two, None);
    check(&two.replace('/', ""), IdClass::Two, None);
}

#[test]
fn what_is_no_number() {
    check("", IdClass::Empty, None);
    check(" 未填 ", IdClass::Empty, None);
    check("无身份证", IdClass::Empty, None);
    check("999999201503070012", IdClass::Placeholder, None);
    check("111111111111111111", IdClass::Placeholder, None);
    check("000000000000000000", IdClass::Placeholder, None);
    check("341227********0017", IdClass::Masked, None);
    check("34122719520304", IdClass::BadLength, None);
    check("3412271952030412", IdClass::BadLength, None);
    check("南字第12345号", IdClass::Officer, None);
    check("G12345678", IdClass::Passport, None);
    check("𠮷𠮷𠮷𠮷𠮷𠮷", IdClass::Other, None);
    let impossible = with_check("34122719520230123");
    check(&impossible, IdClass::BadBirthDate, None);
    let unborn = with_check("34122722410228123");
    check(&unborn, IdClass::BadBirthDate, None);
}

#[test]
fn nobody_is_born_after_the_export_or_older_than_anybody() {
    let class = |birth: &str| {
        let mut identities = [parse(&with_check(&format!("341227{birth}123")))];
        distrust_implausible(&mut identities, jiff::civil::date(2018, 12, 31));
        (identities[0].class, identities[0].id18.is_some())
    };
    assert_eq!(class("20181231"), (IdClass::Valid18, true));
    assert_eq!(class("20190101"), (IdClass::BadBirthDate, false));
    assert_eq!(class("20480207"), (IdClass::BadBirthDate, false));
    assert_eq!(class("18990101"), (IdClass::Valid18, true));
    assert_eq!(class("18970101"), (IdClass::BadBirthDate, false));
}

#[test]
fn birth_and_sex() {
    let identity = parse("11010519491231002X");
    assert_eq!(identity.birth(), Some(jiff::civil::date(1949, 12, 31)));
    assert_eq!(identity.sex(), Some(Sex::Female));
    assert_eq!(parse(&with_check("34122719520304013")).sex(), Some(Sex::Male));
}

#[test]
fn words_are_unique() {
    let words: std::collections::BTreeSet<_> = IdClass::ALL.iter().map(|class| class.word()).collect();
    assert_eq!(words.len(), IdClass::ALL.len());
}

#[test]
fn documents_of_other_kinds() {
    let of = |class: IdClass, cells: &[&str]| {
        for cell in cells {
            assert_eq!(parse(cell).class, class, "{cell}");
            assert!(!parse(cell).is_trustworthy(), "{cell}");
        }
    };
    of(IdClass::Passport, &["E12345678", "e 12345678", "EA1234567", "P1234567", "D12345678", "护照号：G12345678"]);
    of(IdClass::Permit, &["H12345678", "M1234567801", "W12345678", "C12345678", "T12345678", "07123456", "A123456(7)"]);
    of(IdClass::Permit, &["A123456789", "R340123456", "1234567(8)", "台胞证01234567"]);
    of(IdClass::Officer, &["军字第1234567号", "武字第1234567号", "士字第0123456号", "军1234567", "军官证1234567"]);
    of(IdClass::Foreigner, &["VNM340186070512", "usa110179010112"]);
    // What has lost digits of a citizen number is of no other kind.
    of(IdClass::BadLength, &["19700101", "3421271970", "1234567", "34212719"]);
    of(
        IdClass::Masked,
        &["3424XXXXXXXX1234", "3424########1234", "3424●●●●●●●●1234", "3424……1234", "342401--------1234"],
    );
    // Residence permits of 18 characters prove themselves.
    for cell in ["810000198607050029", "830000198607050022", "91112419860705002X"] {
        assert_eq!((parse(cell).class, parse(cell).is_trustworthy()), (IdClass::Valid18, true), "{cell}");
    }
}

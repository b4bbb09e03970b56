use quick_xml::Reader;
use quick_xml::events::Event;

use super::{svg, wrapped};
use crate::error::Lang;
use crate::link::explain::example::{found_again, two_brothers};
use crate::link::explain::words::columns;

/// The text of every element, one a line; fails where the file is not well-formed.
fn texts(svg: &str) -> String {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut text, mut open) = (String::new(), 0_i32);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => {
                start.attributes().for_each(|attribute| drop(attribute.expect("well-formed attributes")));
                open += 1;
            }
            Event::End(_) => {
                open -= 1;
                text.push('\n');
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => {
                let name = name.into_inner();
                text.push_str(&quick_xml::escape::unescape(&format!("&{name};")).expect("an entity of XML"));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "every element is closed");
    text
}

#[test]
fn a_picture_is_well_formed_and_says_everything() {
    for waterfall in [found_again(), two_brothers()] {
        for lang in [Lang::Zh, Lang::En] {
            let said = texts(&svg(&waterfall, lang)).replace('\n', " ");
            let bare = |text: &str| text.replace(' ', "");
            let ordered = waterfall.ordered();
            for step in ordered.speak_for.iter().chain(&ordered.against) {
                assert!(bare(&said).contains(&bare(step.full_words().get(lang))), "{step:?}\n{said}");
                assert!(said.contains(step.title.get(lang)), "{step:?}\n{said}");
            }
            assert!(bare(&said).contains(&bare(waterfall.verdict_words().get(lang))), "{said}");
        }
    }
}

#[test]
fn what_is_told_is_escaped() {
    let svg = svg(&found_again(), Lang::Zh);
    assert!(svg.contains("姓名&lt;一致&gt;&amp;"), "{svg}");
    assert!(!svg.contains("<一致>"), "{svg}");
}

#[test]
fn a_picture_needs_nothing_from_outside() {
    let svg = svg(&found_again(), Lang::Zh).replace("http://www.w3.org/2000/svg", "");
    for outside in ["http", "@import", "url(http", "<script", "<image", "href"] {
        assert!(!svg.contains(outside), "{outside}");
    }
}

#[test]
fn bars_follow_each_other_from_the_start_to_the_total() {
    let rows = super::rows(&found_again(), Lang::En);
    for pair in rows.windows(2).skip(1) {
        if pair[1].title != "total" {
            assert!((pair[0].to - pair[1].from).abs() < 1e-9, "{} then {}", pair[0].title, pair[1].title);
        }
    }
    let (last, total) = (&rows[rows.len() - 2], &rows[rows.len() - 1]);
    assert!((last.to - total.to).abs() < 1e-9);
}

#[test]
fn lines_break_between_words_and_before_no_closing_sign() {
    assert_eq!(wrapped("the last three digits", 10), ["the last", "three", "digits"]);
    assert_eq!(wrapped("出生日期，相同", 8), ["出生日期，", "相同"]);
    assert_eq!(wrapped("", 8), [""]);
    for line in wrapped("证件号码末三位丢失，前15位一致 and words, too", 12) {
        assert!(columns(&line) <= 14, "{line}");
    }
}

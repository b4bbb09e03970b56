//! Numbers that their own row contradicts.
//!
//! In: a person table. Out: the same for linking, where a doubted number decides nothing, is compared as a damaged one, and
//! birth date and sex are those that the row prints: the numbers of a couple that changed places, or a relative's that was
//! pasted, then lead nobody astray.

use polars::prelude::*;

use crate::error::Result;
use crate::similarity::identifier::DOUBTED;

/// What a number tells, and what the row prints instead.
const PRINTED: [(&str, &str); 2] = [("born_on", "birth_date"), ("sex_known", "sex")];

/// The frame without trust in doubted numbers; `None` when there are none.
pub(crate) fn without_doubted(frame: &DataFrame) -> Result<Option<DataFrame>> {
    let Ok(column) = frame.column("id_doubted") else { return Ok(None) };
    let doubted = column.bool()?;
    if !doubted.any() {
        return Ok(None);
    }
    let mut frame = frame.clone();
    let nothing = Column::full_null("".into(), frame.height(), &DataType::String);
    let believed = !doubted.fill_null_with_values(false)?;
    if let Ok(id18) = frame.column("id18") {
        let believed_only = id18.zip_with(&believed, &nothing)?;
        frame.with_column(believed_only)?;
    }
    if let Ok(numbers) = frame.column("id_no") {
        let marked = numbers.str()?.apply_values(|number| format!("{DOUBTED}{number}").into()).into_column();
        let read = numbers.zip_with(&believed, &marked)?;
        frame.with_column(read)?;
    }
    for (told, printed) in PRINTED {
        if let (Ok(told), Ok(printed)) = (frame.column(told), frame.column(printed)) {
            let read = told.zip_with(&believed, printed)?;
            frame.with_column(read)?;
        }
    }
    Ok(Some(frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubted_number_decides_nothing() {
        let text = |name: &str, cells: [&str; 2]| Column::new(name.into(), cells);
        let doubted = Column::new("id_doubted".into(), [false, true]);
        let number = ["11010519491231002X", "11010519491231002X"];
        let columns = vec![
            text("id18", number),
            text("id_no", number),
            text("sex_known", ["女"; 2]),
            text("sex", ["男"; 2]),
            doubted,
        ];
        let frame = without_doubted(&DataFrame::new(2, columns).unwrap()).unwrap().unwrap();
        let cells = |name: &str| frame.column(name).unwrap().str().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(cells("id18"), [Some(number[0]), None]);
        assert_eq!(cells("id_no"), [Some(number[0]), Some("~11010519491231002X")]);
        assert_eq!(cells("sex_known"), [Some("女"), Some("男")]);
    }
}

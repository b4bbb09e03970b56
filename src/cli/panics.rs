//! A panic is a mistake of ours, wherever it happens: it ends the program with 70 and is told by its place in the code,
//! never by its message, which may hold a person's data.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::say;

/// Where the last panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// From here on panics are noted, not printed.
pub(super) fn note_quietly() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", tail(place.file()), place.line()));
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// Does some work; a panic in it, on whatever thread it waits for, becomes an internal error.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What the work left half done is dropped with it: nothing is looked at afterwards but the error.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_message| {
        let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        let place = place.unwrap_or_else(|| "?".to_owned());
        Err(Error::internal(say!("程序内部出错（{place}）", "the program failed inside ({place})")).remedy(say!(
            "没有发布任何结果；请把括号里的位置报告给维护人员",
            "nothing was published; report the place in parentheses"
        )))
    })
}

/// A source file's path from its crate on: what stands before tells of the machine that built the program.
fn tail(file: &str) -> &str {
    let crates = file.find("registry/src/").map(|at| at + "registry/src/".len());
    crates.and_then(|at| file[at..].find('/').map(|slash| &file[at + slash + 1..])).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::error::{Kind, Lang};

    #[test]
    fn a_panic_on_any_thread_is_an_internal_error_that_tells_no_data() {
        let panics: [fn() -> Result<u64>; 3] = [
            || panic!("张三 342401199001011237"),
            || Ok((0..1000_u64).into_par_iter().map(|n| if n == 777 { panic!("张三") } else { n }).sum()),
            || {
                std::thread::scope(|scope| {
                    scope.spawn(|| panic!("张三")).join().unwrap_or_else(|p| std::panic::resume_unwind(p))
                })
            },
        ];
        for panics in panics {
            let error = caught(panics).unwrap_err();
            assert_eq!(error.kind(), Kind::Internal);
            let told = [Lang::Zh, Lang::En].map(|lang| error.lines(lang).join("\n")).join("\n");
            assert!(!told.contains("张三") && !told.contains("3424"), "{told}");
        }
        assert_eq!(caught(|| Ok(7)).unwrap(), 7);
    }

    #[test]
    fn a_place_says_nothing_of_who_built_the_program() {
        let place = "/home/somebody/.cargo/registry/src/index.crates.io-1/calamine-0.38.0/src/xls.rs";
        assert_eq!(tail(place), "calamine-0.38.0/src/xls.rs");
        assert_eq!(tail("src/run.rs"), "src/run.rs");
    }
}

//! Pure kernels on `&str` and integers: no polars, no allocation in loops.

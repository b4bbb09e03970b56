//! Populations with known truth.

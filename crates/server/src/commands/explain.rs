//! `brickyard explain CODE`

use brickyard_error::{Result, codes};

pub fn run(id: &str) -> Result<()> {
    codes::by_id(id).map_or(Ok(()), |code| super::print(code.page))
}

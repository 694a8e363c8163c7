//! The ratings: gathered in row order, then laid out twice, by user and by item.

use super::ids::{self, Ids};
use crate::instances::{number, raised};
use crate::{Block, Merge, Pass};
use brickyard_error::{Result, codes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gathers all ratings. Inputs: user, item, and rating if there is one (else every rating is 1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RatingsPass {
    pub user_column: String,
    pub item_column: String,
}

/// Ratings in row order, side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ratings {
    pub users: Vec<i32>,
    pub items: Vec<i32>,
    pub ratings: Vec<f32>,
}

impl Merge for Ratings {
    const EXACT: bool = false;

    fn merge(&mut self, other: Self) {
        self.users.extend(other.users);
        self.items.extend(other.items);
        self.ratings.extend(other.ratings);
    }
}

impl Pass for RatingsPass {
    const NAME: &'static str = "als.ratings";
    type View = Block;
    type Memo = ();
    type Acc = Ratings;

    fn spec(&self) -> Arc<()> {
        Arc::new(())
    }

    fn zero(&self) -> Ratings {
        Ratings::default()
    }

    fn update(&self, acc: &mut Ratings, block: &Block, (): &mut ()) -> Result<()> {
        acc.users.extend(ids::read(block.column(0)?, &self.user_column)?);
        acc.items.extend(ids::read(block.column(1)?, &self.item_column)?);
        let ratings = block.numbers(2)?;
        for row in 0..block.rows {
            let rating = match number(ratings, row) {
                Some(rating) if (rating as f32).is_finite() => rating as f32,
                Some(rating) if !rating.is_nan() => {
                    let text = "Ratings MUST NOT be Infinity".to_owned();
                    return Err(raised(&codes::ml::INVALID_ROW, text));
                }
                _ => return Err(raised(&codes::ml::INVALID_ROW, "Ratings MUST NOT be Null or NaN".to_owned())),
            };
            acc.ratings.push(rating);
        }
        Ok(())
    }
}

/// The ratings of each id of one side: places on the other side, and values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side {
    pub ids: Ids,
    /// Where the ratings of each id begin, and the end.
    pub starts: Vec<usize>,
    pub others: Vec<u32>,
    pub ratings: Vec<f32>,
}

impl Side {
    /// The ratings of the id at this place.
    pub fn of(&self, place: usize) -> (&[u32], &[f32]) {
        let range = self.starts[place]..self.starts[place + 1];
        (&self.others[range.clone()], &self.ratings[range])
    }
}

impl Ratings {
    /// By user and by item; those of an id stay in row order.
    pub fn sides(&self) -> [Side; 2] {
        let ids = [Ids::of(&self.users), Ids::of(&self.items)];
        let places = |ids: &Ids, list: &[i32]| -> Vec<u32> {
            list.iter().map(|id| ids.place(*id).unwrap_or_default() as u32).collect()
        };
        let (users, items) = (places(&ids[0], &self.users), places(&ids[1], &self.items));
        let [user_ids, item_ids] = ids;
        [self.side(user_ids, &users, &items), self.side(item_ids, &items, &users)]
    }

    fn side(&self, ids: Ids, own: &[u32], others: &[u32]) -> Side {
        let mut starts = vec![0; ids.len() + 1];
        own.iter().for_each(|place| starts[*place as usize + 1] += 1);
        for place in 0..ids.len() {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut side = Side { ids, starts, others: vec![0; own.len()], ratings: vec![0.0; own.len()] };
        for ((own, other), rating) in own.iter().zip(others).zip(&self.ratings) {
            let slot = &mut next[*own as usize];
            side.others[*slot] = *other;
            side.ratings[*slot] = *rating;
            *slot += 1;
        }
        side
    }
}

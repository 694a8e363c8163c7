//! Terms of an R formula and their algebra: sums, deletions, interactions.

/// What an interaction is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    Column(String),
    /// `.`: every column but the label.
    Dot,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    Single(Factor),
    /// `a:b`.
    Interaction(Vec<Factor>),
    /// `1` or `0`.
    Intercept(bool),
    /// `- a`.
    Deletion(Box<Term>),
    Sum(Vec<Term>),
    /// What cannot interact: `1:a`.
    Empty,
}

impl Term {
    /// The terms of a sum; any other term is the only one of its sum.
    pub fn into_terms(self) -> Vec<Term> {
        match self {
            Term::Sum(terms) => terms,
            term => vec![term],
        }
    }

    /// `self + other`.
    pub fn add(self, other: Term) -> Term {
        let mut terms = self.into_terms();
        terms.extend(other.into_terms());
        Term::Sum(terms)
    }

    /// `self - other`; what is deleted twice is not added: a - (b - c) = a - b - c.
    pub fn subtract(self, other: Term) -> Term {
        let deleted = |term: Term| match term {
            Term::Deletion(_) => term,
            term => Term::Deletion(Box::new(term)),
        };
        other.into_terms().into_iter().map(deleted).fold(self, Term::add)
    }

    /// `self:other`.
    pub fn interact(self, other: Term) -> Term {
        match (self, other) {
            (Term::Deletion(left), Term::Deletion(right)) => Term::Deletion(Box::new(left.interact(*right))),
            (Term::Deletion(left), right) => Term::Deletion(Box::new(left.interact(right))),
            (Term::Sum(left), right) => {
                let right = right.into_terms();
                let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left.clone(), right.clone())));
                Term::Sum(pairs.map(|(left, right)| left.interact(right)).collect())
            }
            (Term::Empty | Term::Intercept(_), _) | (_, Term::Empty | Term::Intercept(_)) => Term::Empty,
            (left, right @ Term::Sum(_)) => Term::Sum(vec![left]).interact(right),
            (left, Term::Deletion(right)) => Term::Deletion(Box::new(right.interact(left))),
            (left, right) => {
                let mut factors = left.into_factors();
                factors.extend(right.into_factors());
                Term::Interaction(factors)
            }
        }
    }

    /// `self * other`.
    pub fn cross(self, other: Term) -> Term {
        let interaction = self.clone().interact(other.clone());
        self.add(other).add(interaction)
    }

    /// `self ^ degree`, which is crossed with itself so many times.
    pub fn power(self, degree: u32) -> Term {
        match degree {
            0 => Term::Empty,
            1 => self,
            _ => (1..degree).fold(self.clone(), |product, _| product.cross(self.clone())),
        }
    }

    fn into_factors(self) -> Vec<Factor> {
        match self {
            Term::Single(factor) => vec![factor],
            Term::Interaction(factors) => factors,
            _ => Vec::new(),
        }
    }
}

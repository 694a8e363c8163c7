//! Who is asking, and what may they do: one check, used by every door

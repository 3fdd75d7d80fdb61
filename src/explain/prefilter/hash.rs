//! How grams are hashed: by a factor chosen so that what stands on every line meets few bits of others.

use std::collections::HashMap;

use super::{BITS, Place};

/// Odd numbers to hash with, from Knuth's 2^32 divided by the golden ratio on.
fn factors() -> impl Iterator<Item = u32> {
    (0..128).map(|number: u32| 0x9E37_79B1_u32.wrapping_add(number.wrapping_mul(0x3C6E_F362)))
}

pub(super) fn hash(gram: u32, factor: u32) -> u32 {
    gram.wrapping_mul(factor)
}

/// The table of one bit for each hash.
pub(super) fn bits_of(places: &[Place], factor: u32) -> Vec<u64> {
    let mut bits = vec![0_u64; 1 << (BITS - 6)];
    for place in places {
        let bit = hash(place.gram, factor) >> (32 - BITS);
        bits[(bit >> 6) as usize] |= 1 << (bit & 63);
    }
    bits
}

/// The factor by which the usual grams meet others' bits the least.
pub(super) fn best_factor(places: &[Place], usual: &HashMap<u32, u32>) -> u32 {
    let cost = |factor: &u32| {
        let bits = bits_of(places, *factor);
        let meets = |gram: &u32| {
            let bit = hash(*gram, *factor) >> (32 - BITS);
            bits[(bit >> 6) as usize] & (1 << (bit & 63)) != 0
        };
        usual.iter().filter(|(gram, _)| meets(gram)).map(|(_, weight)| weight).sum::<u32>()
    };
    factors().min_by_key(cost).unwrap_or(1)
}

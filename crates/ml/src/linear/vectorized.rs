//! Kernels compiled several times, for the widest vectors this processor has. All versions do the same additions and
//! multiplications on the same lanes in the same order, never fused, so their results are equal to the bit.

/// Values of a tile's rows, computed side by side.
pub type Lanes = [f64; LANES];

/// Rows of a tile: enough for a loop that compilers turn into vector instructions instead of unrolling it.
pub const LANES: usize = 64;

/// A computation worth compiling for wider vectors. `run` must be `#[inline(always)]`.
pub trait Kernel {
    type Output;
    fn run(self) -> Self::Output;
}

/// Runs a kernel in its fastest version.
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the processor has the instructions that this version was compiled for, as was just asked.
            return unsafe { with_avx512(kernel) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { with_avx2(kernel) };
        }
    }
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// The sum of all lanes, by halves.
#[inline(always)]
pub fn sum(lanes: &Lanes) -> f64 {
    let mut lanes = *lanes;
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        let (left, right) = lanes.split_at_mut(count);
        for (left, right) in left.iter_mut().zip(right.iter()) {
            *left += right;
        }
    }
    lanes[0]
}

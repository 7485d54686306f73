use std::os::raw::c_int;

extern "C" {
    fn twice(number: c_int) -> c_int;
    fn seven() -> c_int;
}

fn main() {
    let digest = ring::digest::digest(&ring::digest::SHA256, b"x");
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    unsafe {
        libgit2_sys::git_libgit2_version(&mut major, &mut minor, &mut patch);
        println!("{} {} {:?} {}", twice(seven()), libz_sys::zlibCompileFlags(), digest, major);
    }
}

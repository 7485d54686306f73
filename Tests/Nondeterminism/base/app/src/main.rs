use std::io::Write;

#[derive(macros::Names)]
#[allow(dead_code)]
struct Wood {
    almond: u32,
    birch: u32,
    cedar: u32,
    damson: u32,
    elder: u32,
    fir: u32,
    gorse: u32,
    hazel: u32,
    iris: u32,
    juniper: u32,
    kauri: u32,
    larch: u32,
    maple: u32,
    nutmeg: u32,
    oak: u32,
    pine: u32,
    quince: u32,
    rowan: u32,
    spruce: u32,
    thorn: u32,
}

fn main() {
    println!("{}", Wood::NAMES);
    std::io::stdout().write_all(texts::value()).unwrap();
}

fn main() {
    // The pages that were built elsewhere.
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/pages");
    println!("{pages}");
}

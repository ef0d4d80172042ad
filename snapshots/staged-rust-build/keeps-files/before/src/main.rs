use std::fs;

fn main() {
    fs::write("/data/state.json", "{}").unwrap();
}

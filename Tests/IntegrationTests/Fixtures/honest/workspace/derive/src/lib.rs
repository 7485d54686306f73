//! `#[derive(Describe)]` for structs with named fields, without a parser.
use proc_macro::{Delimiter, TokenStream, TokenTree};

#[proc_macro_derive(Describe)]
pub fn describe(input: TokenStream) -> TokenStream {
    let mut name = String::new();
    let mut names = Vec::new();
    let mut tokens = input.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word.to_string() == "struct" => {
                name = tokens.next().expect("a name after `struct`").to_string();
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                names = fields(group.stream());
            }
            _ => {}
        }
    }
    let list = arrange(names).join(" ");
    format!("impl library::Describe for {name} {{ fn describe() -> String {{ {list:?}.into() }} }}")
        .parse()
        .expect("an impl")
}

/// The words right before a single colon.
fn fields(body: TokenStream) -> Vec<String> {
    let tokens: Vec<_> = body.into_iter().collect();
    let mut names = Vec::new();
    for pair in tokens.windows(2) {
        if let (TokenTree::Ident(word), TokenTree::Punct(mark)) = (&pair[0], &pair[1]) {
            if mark.as_char() == ':' {
                names.push(word.to_string());
            }
        }
    }
    names
}

/// Into the order in which they are printed.
fn arrange(names: Vec<String>) -> Vec<String> {
    names
}

//! `#[derive(Names)]`: the names of a struct's fields, in one text.
use proc_macro::{Delimiter, TokenStream, TokenTree};

mod arrange;

#[proc_macro_derive(Names)]
pub fn names(input: TokenStream) -> TokenStream {
    let (mut name, mut fields, mut last) = (String::new(), Vec::new(), String::new());
    for token in input {
        match token {
            TokenTree::Ident(word) => {
                if last == "struct" {
                    name = word.to_string();
                }
                last = word.to_string();
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                fields = fields_of(group.stream());
            }
            _ => {}
        }
    }
    let text = arrange::arrange(fields).join(" ");
    format!("impl {name} {{ pub const NAMES: &'static str = {text:?}; }}").parse().unwrap()
}

/// The words before a colon.
fn fields_of(body: TokenStream) -> Vec<String> {
    let tokens: Vec<_> = body.into_iter().map(|token| token.to_string()).collect();
    tokens.windows(2).filter(|pair| pair[1] == ":").map(|pair| pair[0].clone()).collect()
}

//! The library's modules and every path in their text, tests aside. Read by tokens rather than by
//! items, so that a path within a macro counts like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::Result;

/// A module's names from the crate's root on.
pub(super) type Module = Vec<String>;

#[derive(Debug)]
pub(super) enum Target {
    Module(Module),
    Outside(String),
}

/// A path in the text of a file.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) module: Module,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) text: String,
    /// Exported again by a `pub use`.
    pub(super) exported: bool,
    pub(super) target: Target,
}

pub(super) struct Library {
    /// Each module's file, below `src`.
    pub(super) modules: BTreeMap<Module, String>,
    pub(super) uses: Vec<Used>,
}

/// A path as it is written.
struct Written {
    module: Module,
    file: String,
    line: usize,
    names: Vec<String>,
    /// Begins with `::`.
    outside: bool,
    exported: bool,
}

#[derive(Default)]
struct Reading {
    modules: BTreeMap<Module, String>,
    written: Vec<Written>,
    /// What a name is in a module by its `use`.
    bindings: BTreeMap<(Module, String), Vec<String>>,
    waiting: Vec<(Module, PathBuf)>,
}

impl Library {
    /// Reads `lib.rs` and what its `mod` items lead to.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut reading = Reading::default();
        reading.waiting.push((Vec::new(), root.join("lib.rs")));
        while let Some((module, path)) = reading.waiting.pop() {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let tokens: TokenStream = text
                .parse()
                .map_err(|error| format!("{} is not Rust: {error}", path.display()))?;
            let name = path.strip_prefix(root).unwrap_or(&path);
            let file = File {
                name: name.to_string_lossy().replace('\\', "/"),
                path: path.clone(),
            };
            reading.modules.insert(module.clone(), file.name.clone());
            reading.walk(&file, &module, tokens, false);
        }
        let Reading {
            modules,
            written,
            bindings,
            ..
        } = reading;
        let names = Names {
            modules: &modules,
            bindings: &bindings,
        };
        let uses = written
            .into_iter()
            .filter_map(|path| names.used(path))
            .collect();
        Ok(Self { modules, uses })
    }
}

struct File {
    name: String,
    path: PathBuf,
}

impl Reading {
    /// `expansion` is the body of a `macro_rules!`, which is written into other code.
    fn walk(&mut self, file: &File, module: &Module, tokens: TokenStream, expansion: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut elsewhere = None;
        let mut public = false;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    let after = at + 1 + usize::from(is_punct(tokens.get(at + 1), '!'));
                    if let Some(TokenTree::Group(attribute)) = tokens.get(after)
                        && attribute.delimiter() == Delimiter::Bracket
                    {
                        if of_tests(attribute) {
                            at = after_item(&tokens, after + 1);
                            continue;
                        }
                        elsewhere = elsewhere.or_else(|| path_attribute(attribute));
                        self.walk(file, module, attribute.stream(), expansion);
                        at = after + 1;
                        continue;
                    }
                    at += 1;
                }
                TokenTree::Group(group) => {
                    let body = at >= 3 && is_word(&tokens, at - 3, "macro_rules");
                    self.walk(file, module, group.stream(), expansion || body);
                    at += 1;
                }
                TokenTree::Ident(word) if word == "pub" => {
                    public = true;
                    at += 1 + usize::from(is_parentheses(tokens.get(at + 1)));
                }
                TokenTree::Ident(word) if word == "mod" => {
                    at = self.submodule(file, module, &tokens, at, elsewhere.take());
                    public = false;
                }
                TokenTree::Ident(word) if word == "use" => {
                    let mut leaves = Vec::new();
                    let after = leaves_of(&tokens, at + 1, &[], &mut leaves);
                    for leaf in leaves {
                        self.used(file, module, leaf, public);
                    }
                    at = after + 1;
                    public = false;
                }
                TokenTree::Ident(word) if !follows_path(&tokens, at) => {
                    let outside = at >= 2 && is_colons(&tokens, at - 2);
                    let mut names = vec![word.to_string()];
                    let line = word.span().start().line;
                    at += 1;
                    while is_colons(&tokens, at)
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 2)
                    {
                        names.push(next.to_string());
                        at += 3;
                    }
                    public = false;
                    // What an expansion calls is used by the code that it is written into.
                    let called = expansion
                        && names.first().is_some_and(|name| name == "crate")
                        && names
                            .get(1)
                            .is_some_and(|name| name.starts_with("__private_"));
                    if names.len() > 1 && !called {
                        self.written.push(Written {
                            module: module.clone(),
                            file: file.name.clone(),
                            line,
                            names,
                            outside,
                            exported: false,
                        });
                    }
                }
                _ => at += 1,
            }
        }
    }

    /// Reads what a `mod` names, and says where to go on.
    fn submodule(
        &mut self,
        file: &File,
        module: &Module,
        tokens: &[TokenTree],
        at: usize,
        elsewhere: Option<String>,
    ) -> usize {
        let Some(TokenTree::Ident(name)) = tokens.get(at + 1) else {
            return at + 1;
        };
        let child = [
            module.as_slice(),
            &[folder_name(name, elsewhere.as_deref())],
        ]
        .concat();
        match tokens.get(at + 2) {
            Some(TokenTree::Group(body)) => {
                self.modules.insert(child.clone(), file.name.clone());
                self.walk(file, &child, body.stream(), false);
                at + 3
            }
            Some(_) => {
                if let Some(path) = file_of(&file.path, name, elsewhere.as_deref()) {
                    if *name != folder_name(name, elsewhere.as_deref()) {
                        let key = (module.clone(), name.to_string());
                        let target = [&["crate".to_owned()], child.as_slice()].concat();
                        self.bindings.insert(key, target);
                    }
                    self.waiting.push((child, path));
                }
                at + 3
            }
            None => at + 2,
        }
    }

    fn used(&mut self, file: &File, module: &Module, leaf: Leaf, exported: bool) {
        if let Some(name) = leaf.bound {
            self.bindings
                .entry((module.clone(), name))
                .or_insert_with(|| leaf.names.clone());
        }
        self.written.push(Written {
            module: module.clone(),
            file: file.name.clone(),
            line: leaf.line,
            names: leaf.names,
            outside: leaf.outside,
            exported,
        });
    }
}

/// One path of a `use`.
struct Leaf {
    names: Vec<String>,
    bound: Option<String>,
    line: usize,
    outside: bool,
}

/// Reads the tree of a `use` up to its `;` or `,`, and says where that is.
fn leaves_of(
    tokens: &[TokenTree],
    from: usize,
    before: &[String],
    leaves: &mut Vec<Leaf>,
) -> usize {
    let mut at = from;
    let mut names = before.to_vec();
    let outside = before.is_empty() && is_colons(tokens, at);
    let mut line = 0;
    let mut bound = None;
    let mut tree = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(mark) if matches!(mark.as_char(), ';' | ',') => break,
            TokenTree::Ident(word) if word == "as" => {
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                    bound = Some(name.to_string());
                }
                at += 1;
            }
            TokenTree::Ident(word) => {
                line = word.span().start().line;
                if word != "self" || names.is_empty() {
                    names.push(word.to_string());
                }
                bound = names.last().cloned();
            }
            TokenTree::Punct(mark) if mark.as_char() == '*' => bound = None,
            TokenTree::Group(group) => {
                tree = true;
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut next = 0;
                while next < inner.len() {
                    next = leaves_of(&inner, next, &names, leaves) + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if !tree && !names.is_empty() && line > 0 {
        leaves.push(Leaf {
            names,
            bound,
            line,
            outside,
        });
    }
    at
}

/// What names mean.
struct Names<'a> {
    modules: &'a BTreeMap<Module, String>,
    bindings: &'a BTreeMap<(Module, String), Vec<String>>,
}

impl Names<'_> {
    fn used(&self, path: Written) -> Option<Used> {
        let first = path.names.first()?;
        let target = if path.outside {
            Target::Outside(first.clone())
        } else {
            match self.absolute(&path.module, &path.names) {
                Some(names) => self.follow(&names, &mut BTreeSet::new())?,
                None if self.is_bound(&path.module, first) && path.names.len() > 1 => return None,
                None => Target::Outside(first.clone()),
            }
        };
        Some(Used {
            text: path.names.join("::"),
            module: path.module,
            file: path.file,
            line: path.line,
            exported: path.exported,
            target,
        })
    }

    /// A path from the root on, if it begins in this crate.
    fn absolute(&self, module: &Module, names: &[String]) -> Option<Vec<String>> {
        let mut base = module.clone();
        let mut rest = names;
        match names.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = names.get(1..)?;
            }
            "self" => rest = names.get(1..)?,
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = rest.get(1..)?;
                }
            }
            first => {
                let mut child = module.clone();
                child.push(first.to_owned());
                if !self.modules.contains_key(&child) {
                    return None;
                }
            }
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The module that has what a path names, through all that is exported again.
    fn follow(&self, names: &[String], seen: &mut BTreeSet<Vec<String>>) -> Option<Target> {
        let mut module = Module::new();
        for (index, name) in names.iter().enumerate() {
            module.push(name.clone());
            if self.modules.contains_key(&module) {
                continue;
            }
            module.pop();
            let key = (module.clone(), name.clone());
            if let Some(binding) = self.bindings.get(&key)
                && seen.insert(names.to_vec())
            {
                // That of another crate the `use` itself answers for.
                let target = self.absolute(&module, binding)?;
                let rest = names.get(index + 1..).unwrap_or_default();
                return self.follow(&[target.as_slice(), rest].concat(), seen);
            }
            break;
        }
        Some(Target::Module(module))
    }

    fn is_bound(&self, module: &Module, name: &str) -> bool {
        self.bindings
            .contains_key(&(module.clone(), name.to_owned()))
    }
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == mark)
}

fn is_word(tokens: &[TokenTree], at: usize, word: &str) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Ident(found)) if found == word)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// Whether the name here goes on from another, as in `<T as Trait>::name` and `value.name`.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    if is_punct(tokens.get(before), '.') {
        return true;
    }
    at >= 3
        && is_colons(tokens, at - 2)
        && (is_punct(tokens.get(at - 3), '>')
            || matches!(tokens.get(at - 3), Some(TokenTree::Ident(_))))
}

fn is_parentheses(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

/// `cfg(test)`, `cfg(all(test, ..))`.
fn of_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

fn path_attribute(attribute: &Group) -> Option<String> {
    let text = attribute.stream().to_string();
    let value = text.strip_prefix("path")?.trim_start().strip_prefix('=')?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Where the item, field or statement ends that begins here.
fn after_item(tokens: &[TokenTree], from: usize) -> usize {
    const ITEMS: &[&str] = &[
        "fn", "mod", "impl", "struct", "enum", "use", "const", "static", "type", "trait", "async",
        "unsafe",
    ];
    let mut at = from;
    let mut item = false;
    let mut braces_end = true;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                braces_end &= word != "use";
                item |= ITEMS.contains(&word.as_str());
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => return at + 1,
            TokenTree::Punct(mark) if mark.as_char() == ',' && !item => return at + 1,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && braces_end => {
                return at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

/// A module of another file name is called by its folder, as in `private/mod.rs`.
fn folder_name(name: &Ident, elsewhere: Option<&str>) -> String {
    elsewhere
        .and_then(|path| path.strip_suffix("/mod.rs"))
        .map_or_else(|| name.to_string(), str::to_owned)
}

fn file_of(parent: &Path, name: &Ident, elsewhere: Option<&str>) -> Option<PathBuf> {
    let folder = parent.parent()?;
    if let Some(path) = elsewhere {
        return Some(folder.join(path));
    }
    let stem = parent.file_stem()?.to_str()?;
    let folder = if matches!(stem, "mod" | "lib") {
        folder.to_path_buf()
    } else {
        folder.join(stem)
    };
    let name = name.to_string();
    [
        folder.join(format!("{name}.rs")),
        folder.join(&name).join("mod.rs"),
    ]
    .into_iter()
    .find(|path| path.is_file())
}

//! SITES: where in a file mutants can have a switch, found in its syntax.

use std::collections::BTreeMap;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary, Pat, UnOp};

use crate::mutant::{Genre, Mutant};

/// A place, and what can be there instead: by the number of a mutant, a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// An expression that gives way to another.
    Choice(Range<usize>, Vec<(usize, String)>),
    /// The start of a body that gives a value at once.
    Start(usize, Vec<(usize, String)>),
    /// The end of the pattern of an arm that is passed over.
    Arm(usize, usize),
}

impl Site {
    /// Those of its mutants.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        match self {
            Site::Choice(_, others) | Site::Start(_, others) => {
                others.iter().map(|own| own.0).collect()
            }
            Site::Arm(_, number) => vec![*number],
        }
    }
}

/// The sites of these mutants of one file, each with its number; one that has no place where a
/// program runs has none.
///
/// # Errors
///
/// When the file is no Rust.
pub(crate) fn sites(text: &str, mutants: &[(usize, &Mutant)]) -> Result<Vec<Site>, syn::Error> {
    let mut own = BTreeMap::<_, Vec<_>>::new();
    // Where a type is what the body gives, it gives no other one now and then.
    let is_open = |mutant: &Mutant| mutant.genre == Genre::FnValue && mutant.has_open_type();
    for (number, mutant) in mutants.iter().filter(|(_, mutant)| !is_open(mutant)) {
        let range = mutant.range(text);
        let key = (range.start, mutant.genre as usize);
        own.entry(key).or_default().push((*number, range, mutant.replacement.as_str()));
    }
    let mut finder = Finder { text, own, found: Vec::new() };
    finder.visit_file(&syn::parse_file(text)?);
    Ok(finder.found)
}

struct Finder<'a> {
    text: &'a str,
    /// By where they start and what they are.
    own: BTreeMap<(usize, usize), Vec<Own<'a>>>,
    found: Vec<Site>,
}

/// The number of a mutant, what it replaces, and by what.
type Own<'a> = (usize, Range<usize>, &'a str);

impl Finder<'_> {
    /// What each mutant of a genre that starts here makes of the text of `whole`.
    fn others(&self, genre: Genre, start: usize, whole: &Range<usize>) -> Vec<(usize, String)> {
        let own = self.own.get(&(start, genre as usize)).into_iter().flatten();
        let made = |(number, range, other): &Own| {
            let (before, after) = (whole.start..range.start, range.end..whole.end);
            (*number, [&self.text[before], *other, &self.text[after]].concat())
        };
        own.map(made).collect()
    }

    fn choice(&mut self, whole: Range<usize>, others: Vec<(usize, String)>) {
        if !others.is_empty() {
            self.found.push(Site::Choice(whole, others));
        }
    }

    fn body(&mut self, block: &syn::Block) {
        let Some(first) = block.stmts.first().map(start) else { return };
        let own = self.own.get(&(first, Genre::FnValue as usize)).into_iter().flatten();
        let own: Vec<_> = own.map(|(number, _, other)| (*number, (*other).to_owned())).collect();
        if !own.is_empty() {
            self.found.push(Site::Start(first, own));
        }
    }

    /// Of operators that stand side by side, each makes another text of all of them, since another
    /// one may bind another way. What lies between two of them is looked through by itself.
    fn chain(&self, own: &ExprBinary, whole: &Range<usize>, others: &mut Vec<(usize, String)>) {
        others.extend(self.others(Genre::BinaryOperator, start(&own.op), whole));
        for side in [&*own.left, &*own.right] {
            if let Expr::Binary(next) = side {
                self.chain(next, whole, others);
            }
        }
    }

    fn operands(&mut self, own: &ExprBinary) {
        for side in [&*own.left, &*own.right] {
            match side {
                Expr::Binary(next) => self.operands(next),
                other => self.visit_expr(other),
            }
        }
    }
}

/// Whether a pattern is among these conditions: they are no value then, and only `&&` joins them.
fn has_pattern(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(own) if matches!(own.op, BinOp::And(_)) => {
            has_pattern(&own.left) || has_pattern(&own.right)
        }
        _ => false,
    }
}

fn start(node: &impl Spanned) -> usize {
    node.span().byte_range().start
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_expr_binary(&mut self, own: &'a ExprBinary) {
        if has_pattern(&own.left) || has_pattern(&own.right) {
            return visit::visit_expr_binary(self, own);
        }
        let (whole, mut others) = (own.span().byte_range(), Vec::new());
        self.chain(own, &whole, &mut others);
        self.choice(whole, others);
        self.operands(own);
    }

    fn visit_expr_unary(&mut self, own: &'a syn::ExprUnary) {
        if let UnOp::Not(_) | UnOp::Neg(_) = own.op {
            let whole = own.span().byte_range();
            let others = self.others(Genre::UnaryOperator, whole.start, &whole);
            self.choice(whole, others);
        }
        visit::visit_expr_unary(self, own);
    }

    fn visit_expr_match(&mut self, own: &'a syn::ExprMatch) {
        // What an arm with a guard leaves has to fall to one that takes all.
        let takes_all = |arm: &syn::Arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none();
        for arm in own.arms.iter().filter(|_| own.arms.iter().any(takes_all)) {
            let gone = self.own.get(&(start(arm), Genre::MatchArm as usize));
            if let Some((number, ..)) = gone.and_then(|own| own.first()) {
                self.found.push(Site::Arm(arm.pat.span().byte_range().end, *number));
            }
        }
        visit::visit_expr_match(self, own);
    }

    fn visit_arm(&mut self, own: &'a syn::Arm) {
        if let Some((_, guard)) = &own.guard {
            let whole = guard.span().byte_range();
            let others = self.others(Genre::MatchArmGuard, whole.start, &whole);
            self.choice(whole, others);
        }
        visit::visit_arm(self, own);
    }

    fn visit_expr_struct(&mut self, own: &'a syn::ExprStruct) {
        let whole = own.span().byte_range();
        let fields = own.fields.iter();
        let others = fields.flat_map(|own| self.others(Genre::StructField, start(own), &whole));
        let others = others.collect();
        self.choice(whole, others);
        visit::visit_expr_struct(self, own);
    }

    fn visit_item_fn(&mut self, own: &'a syn::ItemFn) {
        if own.sig.constness.is_none() {
            self.body(&own.block);
            visit::visit_item_fn(self, own);
        }
    }

    fn visit_impl_item_fn(&mut self, own: &'a syn::ImplItemFn) {
        if own.sig.constness.is_none() {
            self.body(&own.block);
            visit::visit_impl_item_fn(self, own);
        }
    }

    fn visit_trait_item_fn(&mut self, own: &'a syn::TraitItemFn) {
        own.default.iter().for_each(|block| self.body(block));
        visit::visit_trait_item_fn(self, own);
    }

    // What the compiler works out has no switch.
    fn visit_item_const(&mut self, _: &'a syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'a syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'a syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'a syn::TraitItemConst) {}
    fn visit_variant(&mut self, _: &'a syn::Variant) {}
    fn visit_type(&mut self, _: &'a syn::Type) {}
    fn visit_generic_argument(&mut self, _: &'a syn::GenericArgument) {}
    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_expr_const(&mut self, _: &'a syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, own: &'a syn::ExprRepeat) {
        self.visit_expr(&own.expr);
    }
}

import Linux
import Planning

// The same executable is the rustc wrapper inside the sandbox, under another name.
if RustcWrapper.isAskedFor {
  RustcWrapper.becomeRustc()
} else {
  Cupel.runAndExit()
}

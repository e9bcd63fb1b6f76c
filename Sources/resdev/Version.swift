/// The version that `resdev --version`, the banner and the broker's clients see.
let resdevVersion = "0.1.0"

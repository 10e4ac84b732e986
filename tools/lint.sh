# SPDX-License-Identifier: Apache-2.0
# ./dev lint [--all | FILE...]: layout and clang-tidy. Without arguments, of the files that differ from origin/main.
source tools/sources.sh

require_packages build lint

changed_sources() { # committed on top of origin/main, in the work tree, or new
  {
    git diff --name-only --diff-filter=d "$(git merge-base HEAD origin/main 2>/dev/null || echo HEAD)"
    git ls-files --others --exclude-standard
  } | sort -u | comm -12 - <(all_sources)
}

case ${1:-} in
  --all) files=$(all_sources) ;;
  '') files=$(changed_sources) ;;
  -*) die "lint knows no option '$1', only --all" 2 ;;
  *)
    for file in "$@"; do [ -f "$file" ] || die "there is no file $file to lint" 2; done
    files=$(printf '%s\n' "$@")
    ;;
esac
if [ -z "$files" ]; then
  say "no C or C++ file differs from origin/main; ./dev lint --all looks at every file"
  exit 0
fi

failures=0
say "clang-format: $(wc -l <<<"$files") files"
check_format $files || failures=1

# clang-tidy wants a source that the preset dev compiles; headers are seen through those that include them.
configure dev
units=$(comm -12 <(sort -u <<<"$files") \
  <(sed -n "s|^ *\"file\": \"$PWD/\(.*\)\",\{0,1\}$|\1|p" build/dev/compile_commands.json | sort -u))
if [ -z "$units" ]; then
  say "clang-tidy: nothing that is compiled among them"
else
  total=$(wc -l <<<"$units")
  # What is compiled with a precompiled header is read with it, too.
  headers=$(grep -B 1 -F -f <(sed "s|.*|\"file\": \"$PWD/&\"|" <<<"$units") build/dev/compile_commands.json |
    grep -o '[^ ]*/cmake_pch\.hxx\.pch' | sort -u | sed "s|^$PWD/build/dev/||" || true)
  [ -z "$headers" ] || build dev $headers
  say "clang-tidy: $total files"
  tidy_one() {
    clang-tidy-19 -p build/dev --quiet "$1" 2>&1 | grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header'
    [ "${PIPESTATUS[0]}" = 0 ]
  }
  export -f tidy_one
  xargs -P "$(nproc)" -I FILE bash -c 'echo "   $1"; tidy_one "$1"' _ FILE <<<"$units" || failures=1
fi
[ "$failures" = 0 ] || die "lint found something; see above"
say "lint: clean"

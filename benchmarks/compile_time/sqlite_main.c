// SPDX-License-Identifier: Apache-2.0
// A program around sqlite3's amalgamation, so that there is a large module to compile: it fills a table in memory,
// indexes it, asks it, and prints the answer, by which a compiled module can be held against an interpreted one.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(sqlite3* database) {
  fprintf(stderr, "sqlite3: %s\n", sqlite3_errmsg(database));
  exit(1);
}

static int print_row(void* unused, int count, char** values, char** names) {
  (void)unused;
  for (int i = 0; i < count; ++i)
    printf("%s=%s%s", names[i], values[i] ? values[i] : "NULL", i + 1 < count ? " " : "\n");
  return 0;
}

int main(void) {
  static const char* const statements[] = {
      "CREATE TABLE parts(id INTEGER PRIMARY KEY, kind TEXT, weight REAL)",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
      "INSERT INTO parts SELECT i, 'kind ' || (i * 7919 % 101), i * 0.25 FROM n",
      "CREATE INDEX by_kind ON parts(kind, weight)",
      "SELECT count(*) AS kinds, round(sum(heaviest), 2) AS heaviest, max(name) AS last FROM "
      "(SELECT kind AS name, max(weight) AS heaviest FROM parts GROUP BY kind)",
  };
  sqlite3* database = NULL;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK) fail(database);
  for (size_t i = 0; i < sizeof statements / sizeof *statements; ++i) {
    if (sqlite3_exec(database, statements[i], print_row, NULL, NULL) != SQLITE_OK) fail(database);
  }
  sqlite3_close(database);
  return 0;
}

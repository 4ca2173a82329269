#include "sql_print.h"
#include "sql_library.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* -- Numbers and bytes, the same in all formats -- */

/* The shortest text that reads back as the same number. */
static void add_real(cli_text *out, double real)
{
    char buffer[40];
    int digits = 15;

    do
        snprintf(buffer, sizeof(buffer), "%.*g", digits, real);
    while (strtod(buffer, NULL) != real && !isnan(real) && digits++ < 17);
    cli_text_add_string(out, buffer);
    /* Add a fraction, or it would look like an integer. */
    if (isfinite(real) && strcspn(buffer, ".e") == strlen(buffer))
        cli_text_add_string(out, ".0");
}

static void add_hex(cli_text *out, bight_view bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        cli_text_format(out, "%02x", bytes.data[i]);
}

/* -- A table -- */

static bool is_control(unsigned character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x202a && character <= 0x202e) || character == 0x2028 ||
           character == 0x2029 || (character >= 0x2066 && character <= 0x2069);
}

/* Print one character in its visible form. Returns its width. */
static size_t show_one(cli_text *out, const char *bytes, size_t length, unsigned character)
{
    size_t before = out->size;

    if (length == 1 && character == 0xfffd)
        cli_text_format(out, "\\x%02x", (unsigned char)bytes[0]);
    else if (character == '\n')
        cli_text_add_string(out, "\\n");
    else if (character == '\t')
        cli_text_add_string(out, "\\t");
    else if (is_control(character))
        cli_text_format(out, character < 0x80 ? "\\x%02x" : "\\u%04x", character);
    else {
        cli_text_add(out, bytes, length);
        return (size_t)cli_utf8_width(character);
    }
    return out->size - before;
}

static size_t show_text(cli_text *out, const char *bytes, size_t size)
{
    size_t width = 0;

    for (size_t at = 0; at < size;) {
        unsigned character;
        size_t length = cli_utf8_read(bytes + at, size - at, &character);

        width += show_one(out, bytes + at, length, character);
        at += length;
    }
    return width;
}

/* Print a value in its visible form. Returns its width. */
static size_t print_show(cli_text *out, const bight_sql_value *value)
{
    size_t before = out->size;

    switch (value->type) {
    case BIGHT_SQL_INTEGER:
        cli_text_format(out, "%jd", (intmax_t)value->integer);
        break;
    case BIGHT_SQL_REAL:
        add_real(out, value->real);
        break;
    case BIGHT_SQL_TEXT:
        return show_text(out, (const char *)value->bytes.data, value->bytes.size);
    case BIGHT_SQL_BLOB:
        cli_text_add_string(out, "\\x");
        add_hex(out, value->bytes);
        break;
    default:
        cli_text_add_string(out, "NULL");
        break;
    }
    return out->size - before;
}

static bool is_number(const bight_sql_value *value)
{
    return value->type == BIGHT_SQL_INTEGER || value->type == BIGHT_SQL_REAL;
}

typedef struct column_shape {
    size_t width;
    bool right; /* numbers only */
} column_shape;

static size_t widest(size_t width, size_t other)
{
    return width > other ? width : other;
}

static column_shape measure(const bight_sql_table *table, size_t column, cli_text *scratch)
{
    const char *name = table->columns[column].name;
    column_shape shape = {show_text(scratch, name, strlen(name)), false};
    bool numbers = false, others = false;

    scratch->size = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        const bight_sql_value *value = cli_sql.bight_sql_table_at(table, row, column);

        shape.width = widest(shape.width, print_show(scratch, value));
        scratch->size = 0;
        numbers = numbers || is_number(value);
        others = others || (!is_number(value) && value->type != BIGHT_SQL_NULL);
    }
    shape.right = numbers && !others;
    return shape;
}

/* Add the text in `scratch`, padded with blanks, but without blanks at the end of a line. */
static void add_cell(cli_text *out, cli_text *scratch, size_t width, column_shape shape, bool last)
{
    size_t gap = shape.width - width;

    cli_text_add_string(out, " ");
    cli_text_repeat(out, ' ', shape.right ? gap : 0);
    cli_text_add(out, scratch->bytes, scratch->size);
    cli_text_repeat(out, ' ', shape.right || last ? 0 : gap);
    cli_text_add_string(out, last ? "\n" : " |");
    scratch->size = 0;
}

static void print_add_head(cli_text *out, const bight_sql_table *table, const column_shape *shapes,
                           cli_text *scratch)
{
    size_t count = table->column_count;

    for (size_t i = 0; i < count; i++) {
        const char *name = table->columns[i].name;
        size_t width = show_text(scratch, name, strlen(name));

        add_cell(out, scratch, width, shapes[i], i + 1 == count);
    }
    for (size_t i = 0; i < count; i++) {
        cli_text_repeat(out, '-', shapes[i].width + 2);
        cli_text_add_string(out, i + 1 == count ? "\n" : "+");
    }
}

static void add_rows(cli_text *out, const bight_sql_table *table, const column_shape *shapes,
                     cli_text *scratch)
{
    size_t count = table->column_count;

    for (size_t row = 0; row < table->row_count; row++)
        for (size_t i = 0; i < count; i++) {
            size_t width = print_show(scratch, cli_sql.bight_sql_table_at(table, row, i));

            add_cell(out, scratch, width, shapes[i], i + 1 == count);
        }
    cli_text_format(out, "(%zu row%s)\n", table->row_count, table->row_count == 1 ? "" : "s");
}

static void add_changes(cli_text *out, int64_t changes)
{
    if (changes > 0)
        cli_text_format(out, "%jd row%s changed\n", (intmax_t)changes, changes == 1 ? "" : "s");
}

void cli_sql_print_table(cli_text *out, const bight_sql_table *table)
{
    cli_text scratch = {0};
    column_shape *shapes;

    if (table->column_count == 0) {
        add_changes(out, table->changes);
        return;
    }
    shapes = calloc(table->column_count, sizeof(*shapes));
    if (shapes == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < table->column_count; i++)
        shapes[i] = measure(table, i, &scratch);
    print_add_head(out, table, shapes, &scratch);
    add_rows(out, table, shapes, &scratch);
    out->failed = out->failed || scratch.failed;
    cli_text_free(&scratch);
    free(shapes);
}

/* -- CSV -- */

static void add_quoted(cli_text *out, const char *bytes, size_t size)
{
    const char *end = bytes + size;

    cli_text_add_string(out, "\"");
    for (const char *quote; (quote = memchr(bytes, '"', (size_t)(end - bytes))) != NULL;) {
        cli_text_add(out, bytes, (size_t)(quote - bytes));
        cli_text_add_string(out, "\"\"");
        bytes = quote + 1;
    }
    cli_text_add(out, bytes, (size_t)(end - bytes));
    cli_text_add_string(out, "\"");
}

static void add_csv_text(cli_text *out, const char *bytes, size_t size)
{
    bool plain = size > 0 && bytes[0] != ' ' && bytes[size - 1] != ' ';

    for (size_t i = 0; plain && i < size; i++)
        plain = strchr("\",\r\n", bytes[i]) == NULL;
    if (plain)
        cli_text_add(out, bytes, size);
    else
        add_quoted(out, bytes, size);
}

void cli_sql_print_csv_head(cli_text *out, const bight_sql_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_csv_text(out, columns[i].name, strlen(columns[i].name));
        cli_text_add_string(out, i + 1 == count ? "\n" : ",");
    }
}

void cli_sql_print_csv_row(cli_text *out, const bight_sql_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        const bight_sql_value *value = &row->values[i];

        if (value->type == BIGHT_SQL_TEXT)
            add_csv_text(out, (const char *)value->bytes.data, value->bytes.size);
        else if (value->type != BIGHT_SQL_NULL)
            print_show(out, value);
        cli_text_add_string(out, i + 1 == row->count ? "\n" : ",");
    }
}

/* -- JSON -- */

static void add_json_one(cli_text *out, const char *bytes, size_t length, unsigned character)
{
    if (length == 1 && character == 0xfffd)
        cli_text_add_string(out, "\\ufffd");
    else if (character == '"' || character == '\\')
        cli_text_format(out, "\\%c", (char)character);
    else if (character < 0x20 || character == 0x7f)
        cli_text_format(out, "\\u%04x", character);
    else
        cli_text_add(out, bytes, length);
}

static void add_json_text(cli_text *out, const char *bytes, size_t size)
{
    cli_text_add_string(out, "\"");
    for (size_t at = 0; at < size;) {
        unsigned character;
        size_t length = cli_utf8_read(bytes + at, size - at, &character);

        add_json_one(out, bytes + at, length, character);
        at += length;
    }
    cli_text_add_string(out, "\"");
}

/* The name of the type in PostgreSQL, and in the declaration of a column of SQLite. */
static bool is_boolean(const bight_sql_column *column, const bight_sql_value *value)
{
    return value->type == BIGHT_SQL_INTEGER && (value->integer == 0 || value->integer == 1) &&
           (strcasecmp(column->type, "boolean") == 0 || strcasecmp(column->type, "bool") == 0);
}

static void add_json_value(cli_text *out, const bight_sql_column *column,
                           const bight_sql_value *value)
{
    if (is_boolean(column, value)) {
        cli_text_add_string(out, value->integer != 0 ? "true" : "false");
    } else if (value->type == BIGHT_SQL_TEXT) {
        add_json_text(out, (const char *)value->bytes.data, value->bytes.size);
    } else if (value->type == BIGHT_SQL_BLOB) {
        cli_text_add_string(out, "\"\\\\x");
        add_hex(out, value->bytes);
        cli_text_add_string(out, "\"");
    } else if (value->type == BIGHT_SQL_NULL ||
               (value->type == BIGHT_SQL_REAL && !isfinite(value->real))) {
        cli_text_add_string(out, "null");
    } else {
        print_show(out, value);
    }
}

void cli_sql_print_json_row(cli_text *out, const bight_sql_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        cli_text_add_string(out, i == 0 ? "{" : ",");
        add_json_text(out, row->columns[i].name, strlen(row->columns[i].name));
        cli_text_add_string(out, ":");
        add_json_value(out, &row->columns[i], &row->values[i]);
    }
    cli_text_add_string(out, "}\n");
}

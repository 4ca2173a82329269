#include <bight/sql.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bight_sql_value bight_sql_null(void)
{
    return (bight_sql_value){.type = BIGHT_SQL_NULL};
}

bight_sql_value bight_sql_integer(int64_t integer)
{
    return (bight_sql_value){.type = BIGHT_SQL_INTEGER, .integer = integer};
}

bight_sql_value bight_sql_real(double real)
{
    return (bight_sql_value){.type = BIGHT_SQL_REAL, .real = real};
}

bight_sql_value bight_sql_text(const char *text)
{
    return text != NULL ? bight_sql_text_of(text, strlen(text)) : bight_sql_null();
}

bight_sql_value bight_sql_text_of(const void *text, size_t size)
{
    return (bight_sql_value){.type = BIGHT_SQL_TEXT, .bytes = {text, size}};
}

bight_sql_value bight_sql_blob(const void *data, size_t size)
{
    return (bight_sql_value){.type = BIGHT_SQL_BLOB, .bytes = {data, size}};
}

/* In C, converting a value that does not fit is undefined behaviour. */
static int64_t integer_of(double real)
{
    if (isnan(real))
        return 0;
    if (real >= 0x1p63)
        return INT64_MAX;
    if (real < -0x1p63)
        return INT64_MIN;
    return (int64_t)real;
}

int64_t bight_sql_value_get_integer(const bight_sql_value *value)
{
    switch (value->type) {
    case BIGHT_SQL_INTEGER:
        return value->integer;
    case BIGHT_SQL_REAL:
        return integer_of(value->real);
    case BIGHT_SQL_TEXT:
        return strtoll(bight_sql_value_get_text(value), NULL, 10);
    default:
        return 0;
    }
}

/* Databases write a decimal point in every locale. */
static double real_of(const char *text)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double real;

    if (plain == (locale_t)0)
        return strtod(text, NULL);
    real = strtod_l(text, NULL, plain);
    freelocale(plain);
    return real;
}

double bight_sql_value_get_real(const bight_sql_value *value)
{
    switch (value->type) {
    case BIGHT_SQL_INTEGER:
        return (double)value->integer;
    case BIGHT_SQL_REAL:
        return value->real;
    case BIGHT_SQL_TEXT:
        return real_of(bight_sql_value_get_text(value));
    default:
        return 0;
    }
}

const char *bight_sql_value_get_text(const bight_sql_value *value)
{
    if (value->type != BIGHT_SQL_TEXT && value->type != BIGHT_SQL_BLOB)
        return "";
    return (const char *)value->bytes.data;
}

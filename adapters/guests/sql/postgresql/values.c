/* Numbers and bytes are sent in binary, which does not depend on the locale and loses no
 * precision. Text is sent as text whose type the server infers, so that it may be a date. All
 * results arrive as text, and numbers are parsed from it. */
#include "postgresql.h"
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the server's catalogue, pg_type; these never change. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_CHAR = 18,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_OID = 26,
    TYPE_JSON = 114,
    TYPE_XML = 142,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_INET = 869,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_DATE = 1082,
    TYPE_TIME = 1083,
    TYPE_TIMESTAMP = 1114,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_INTERVAL = 1186,
    TYPE_NUMERIC = 1700,
    TYPE_UUID = 2950,
    TYPE_JSONB = 3802
};

enum { BINARY = 1, MOST_PARAMETERS = 65535, MOST_BYTES = 1 << 30 };

/* -- Parameters -- */

/* The space that the sent form of a value needs. */
static size_t size_of(const bight_sql_value *value)
{
    if (value->type == BIGHT_SQL_INTEGER || value->type == BIGHT_SQL_REAL)
        return sizeof(uint64_t);
    if (value->type == BIGHT_SQL_NULL)
        return 0;
    return value->bytes.size + 1;
}

/* An integer has the type that the same number has in the text of a statement, so that it fits
 * where an int4 is wanted: the server converts to a wider type by itself, and never to a narrower
 * one. */
static bool is_short(const bight_sql_value *value)
{
    return value->type == BIGHT_SQL_INTEGER && value->integer >= INT32_MIN &&
           value->integer <= INT32_MAX;
}

static Oid pg_value_type(const bight_sql_value *value)
{
    switch (value->type) {
    case BIGHT_SQL_INTEGER:
        return is_short(value) ? TYPE_INT4 : TYPE_INT8;
    case BIGHT_SQL_REAL:
        return TYPE_FLOAT8;
    case BIGHT_SQL_BLOB:
        return TYPE_BYTEA;
    default:
        return 0;
    }
}

void bighti_pg_parameters_make_text(pg_parameters *parameters)
{
    for (int i = 0; i < parameters->count; i++)
        if (parameters->types[i] == 0)
            parameters->types[i] = TYPE_TEXT;
}

static uint64_t pg_value_number_of(const bight_sql_value *value)
{
    uint64_t bits;

    if (value->type == BIGHT_SQL_INTEGER)
        return htobe64((uint64_t)value->integer);
    memcpy(&bits, &value->real, sizeof(bits));
    return htobe64(bits);
}

/* Returns the place of the next value. */
static char *pg_value_put(pg_parameters *parameters, int i, const bight_sql_value *value, char *at)
{
    size_t size = size_of(value);
    uint64_t number;

    parameters->types[i] = pg_value_type(value);
    parameters->formats[i] = parameters->types[i] != 0 ? BINARY : 0;
    parameters->values[i] = value->type != BIGHT_SQL_NULL ? at : NULL;
    if (value->type == BIGHT_SQL_INTEGER || value->type == BIGHT_SQL_REAL) {
        number = pg_value_number_of(value);
        memcpy(at, &number, sizeof(number));
        parameters->lengths[i] = (int)sizeof(number);
        if (is_short(value)) { /* the last half, in the order of the network */
            parameters->values[i] = at + sizeof(uint32_t);
            parameters->lengths[i] = (int)sizeof(uint32_t);
        }
    } else if (value->type != BIGHT_SQL_NULL) {
        if (value->bytes.size > 0)
            memcpy(at, value->bytes.data, value->bytes.size);
        at[value->bytes.size] = '\0';
        parameters->lengths[i] = (int)value->bytes.size;
    }
    return at + size;
}

/* The server accepts more values than the statement has parameters, if it knows their types. */
static bool has_place(const char *text, size_t number)
{
    char sign[24];
    int length = snprintf(sign, sizeof(sign), "$%zu", number);

    for (text = strstr(text, sign); text != NULL; text = strstr(text + 1, sign))
        if (text[length] < '0' || text[length] > '9')
            return true;
    return false;
}

static bight_error *pg_value_check(const bighti_sql_statement *statement, size_t *bytes)
{
    *bytes = 0;
    if (statement->count > 0 && !has_place(statement->text, statement->count))
        return bight_error_new(BIGHT_ERROR_INVALID, "%zu values, and there is no $%zu",
                               statement->count, statement->count);
    if (statement->count > MOST_PARAMETERS)
        return bight_error_new(BIGHT_ERROR_LIMIT, "%zu values, and at most %d are possible",
                               statement->count, MOST_PARAMETERS);
    for (size_t i = 0; i < statement->count; i++) {
        const bight_sql_value *value = &statement->values[i];

        if (value->type == BIGHT_SQL_TEXT && value->bytes.size > 0 &&
            memchr(value->bytes.data, '\0', value->bytes.size) != NULL)
            return bight_error_new(BIGHT_ERROR_INVALID, "the text of $%zu has a NUL in it", i + 1);
        if (size_of(value) > MOST_BYTES - *bytes)
            return bight_error_new(BIGHT_ERROR_LIMIT, "the values take more than %d bytes",
                                   MOST_BYTES);
        *bytes += size_of(value);
    }
    return NULL;
}

/* One block, with the members of the widest type first. */
bight_error *bighti_pg_parameters_make(pg_parameters *parameters,
                                       const bighti_sql_statement *statement)
{
    size_t count = statement->count, bytes = 0;
    bight_error *error = pg_value_check(statement, &bytes);
    char *at;

    if (error != NULL)
        return error;
    *parameters = (pg_parameters){.count = (int)count};
    parameters->values =
        malloc(count * (sizeof(*parameters->values) + sizeof(Oid) + 2 * sizeof(int)) + bytes + 1);
    if (parameters->values == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "the values of a statement: out of memory");
    parameters->types = (Oid *)(void *)(parameters->values + count);
    parameters->lengths = (int *)(void *)(parameters->types + count);
    parameters->formats = parameters->lengths + count;
    at = (char *)(parameters->formats + count);
    for (size_t i = 0; i < count; i++)
        at = pg_value_put(parameters, (int)i, &statement->values[i], at);
    return NULL;
}

void bighti_pg_parameters_deinit(pg_parameters *parameters)
{
    free(parameters->values);
    parameters->values = NULL;
}

/* -- Fields -- */

static bool add_bytes(bighti_sql_batch *batch, const char *text)
{
    size_t size = 0;
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, &size);
    bight_sql_value value = {.type = BIGHT_SQL_BLOB, .bytes = {bytes, size}};
    bool added = bytes != NULL && bighti_sql_batch_add(batch, &value);

    PQfreemem(bytes);
    return added;
}

static bool add_field(const pg_database *database, bighti_sql_batch *batch, const PGresult *result,
                      int column)
{
    const char *text = PQgetvalue(result, 0, column);
    bight_sql_value value = {.type = BIGHT_SQL_NULL};

    if (PQgetisnull(result, 0, column))
        return bighti_sql_batch_add(batch, &value);
    switch (PQftype(result, column)) {
    case TYPE_BOOL:
        value = bight_sql_integer(text[0] == 't');
        break;
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_OID:
        value = bight_sql_integer(strtoll(text, NULL, 10));
        break;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        value = bight_sql_real(strtod_l(text, NULL, database->numbers));
        break;
    case TYPE_BYTEA:
        return add_bytes(batch, text);
    default:
        value = bight_sql_text_of(text, (size_t)PQgetlength(result, 0, column));
        break;
    }
    return bighti_sql_batch_add(batch, &value);
}

bool bighti_pg_add_row(const pg_database *database, bighti_sql_batch *batch, const PGresult *result)
{
    int columns = PQnfields(result);

    for (int i = 0; i < columns; i++)
        if (!add_field(database, batch, result, i))
            return false;
    return true;
}

typedef struct type_name {
    Oid type;
    const char *name;
} type_name;

const char *bighti_pg_type_name(Oid type)
{
    static const type_name names[] = {
        {TYPE_BOOL, "boolean"},
        {TYPE_BYTEA, "bytea"},
        {TYPE_CHAR, "char"},
        {TYPE_NAME, "name"},
        {TYPE_INT8, "bigint"},
        {TYPE_INT2, "smallint"},
        {TYPE_INT4, "integer"},
        {TYPE_TEXT, "text"},
        {TYPE_OID, "oid"},
        {TYPE_JSON, "json"},
        {TYPE_XML, "xml"},
        {TYPE_FLOAT4, "real"},
        {TYPE_FLOAT8, "double"},
        {TYPE_INET, "inet"},
        {TYPE_BPCHAR, "character"},
        {TYPE_VARCHAR, "varchar"},
        {TYPE_DATE, "date"},
        {TYPE_TIME, "time"},
        {TYPE_TIMESTAMP, "timestamp"},
        {TYPE_TIMESTAMPTZ, "timestamptz"},
        {TYPE_INTERVAL, "interval"},
        {TYPE_NUMERIC, "numeric"},
        {TYPE_UUID, "uuid"},
        {TYPE_JSONB, "jsonb"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].type == type)
            return names[i].name;
    return "";
}

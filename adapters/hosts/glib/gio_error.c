/* Converts errors between Bight and GLib. A GError that came from GLib is converted back
 * unchanged. A status is broader than a code of G_IO_ERROR, so next, an errno that belongs to the
 * status decides: EMFILE is BIGHT_ERROR_LIMIT here and G_IO_ERROR_TOO_MANY_OPEN_FILES in GLib. One
 * table has the exact equivalents for both directions, and a second one has codes that only come
 * from GLib.
 *
 * A code without an equivalent in GIO, of a database or of OpenSSL, would be lost in G_IO_ERROR.
 * Such an error becomes a BIGHT_GIO_ERROR, an extended error that carries the whole
 * bight_error. */
#include <bight/gio.h>
#include <stdlib.h>
#include <string.h>

/* GLib's macro requires these names; it also defines bight_gio_error_quark(). */
typedef struct BightGioErrorPrivate {
    bight_error *error; /* NULL in an error made with g_error_new() */
} BightGioErrorPrivate;

static void bight_gio_error_private_init(BightGioErrorPrivate *carried)
{
    carried->error = NULL;
}

static void bight_gio_error_private_copy(const BightGioErrorPrivate *from, BightGioErrorPrivate *to)
{
    to->error = from->error != NULL ? bight_error_ref(from->error) : NULL;
}

static void bight_gio_error_private_clear(BightGioErrorPrivate *carried)
{
    bight_error_unref(carried->error);
}

G_DEFINE_EXTENDED_ERROR(BightGioError, bight_gio_error)

const bight_error *bight_gio_error_get(const GError *error)
{
    if (error == NULL || error->domain != BIGHT_GIO_ERROR)
        return NULL;
    return bight_gio_error_get_private(error)->error;
}

typedef struct pair {
    bight_status status;
    int code;
} pair;

static const pair both_ways[] = {
    {BIGHT_ERROR_INVALID, G_IO_ERROR_INVALID_ARGUMENT},
    {BIGHT_ERROR_CANCELLED, G_IO_ERROR_CANCELLED},
    {BIGHT_ERROR_TIMED_OUT, G_IO_ERROR_TIMED_OUT},
    {BIGHT_ERROR_CLOSED, G_IO_ERROR_CLOSED},
    {BIGHT_ERROR_REFUSED, G_IO_ERROR_CONNECTION_REFUSED},
    {BIGHT_ERROR_RESET, G_IO_ERROR_CONNECTION_CLOSED},
    {BIGHT_ERROR_UNREACHABLE, G_IO_ERROR_HOST_UNREACHABLE},
    {BIGHT_ERROR_ADDRESS_IN_USE, G_IO_ERROR_ADDRESS_IN_USE},
    {BIGHT_ERROR_PERMISSION, G_IO_ERROR_PERMISSION_DENIED},
    {BIGHT_ERROR_DENIED, G_IO_ERROR_PERMISSION_DENIED}, /* for exports only: the first match
                                                           counts */
    {BIGHT_ERROR_NOT_FOUND, G_IO_ERROR_NOT_FOUND},
    {BIGHT_ERROR_UNSUPPORTED, G_IO_ERROR_NOT_SUPPORTED},
    {BIGHT_ERROR_EXISTS, G_IO_ERROR_EXISTS},
};

static const pair from_io[] = {
    {BIGHT_ERROR_NOT_FOUND, G_IO_ERROR_HOST_NOT_FOUND},
    {BIGHT_ERROR_UNREACHABLE, G_IO_ERROR_NETWORK_UNREACHABLE},
    {BIGHT_ERROR_INVALID, G_IO_ERROR_INVALID_FILENAME},
    {BIGHT_ERROR_PROTOCOL, G_IO_ERROR_INVALID_DATA},
    {BIGHT_ERROR_PROTOCOL, G_IO_ERROR_PARTIAL_INPUT},
    {BIGHT_ERROR_LIMIT, G_IO_ERROR_TOO_MANY_OPEN_FILES},
    {BIGHT_ERROR_LIMIT, G_IO_ERROR_MESSAGE_TOO_LARGE},
    {BIGHT_ERROR_LIMIT, G_IO_ERROR_FILENAME_TOO_LONG},
    {BIGHT_ERROR_DENIED, G_IO_ERROR_PROXY_AUTH_FAILED},
    {BIGHT_ERROR_DENIED, G_IO_ERROR_PROXY_NEED_AUTH},
    {BIGHT_ERROR_STATE, G_IO_ERROR_PENDING},
    {BIGHT_ERROR_STATE, G_IO_ERROR_NOT_CONNECTED},
    {BIGHT_ERROR_STATE, G_IO_ERROR_NOT_INITIALIZED},
};

static const pair from_file[] = {
    {BIGHT_ERROR_EXISTS, G_FILE_ERROR_EXIST},      {BIGHT_ERROR_PERMISSION, G_FILE_ERROR_ACCES},
    {BIGHT_ERROR_PERMISSION, G_FILE_ERROR_PERM},   {BIGHT_ERROR_NOT_FOUND, G_FILE_ERROR_NOENT},
    {BIGHT_ERROR_NO_MEMORY, G_FILE_ERROR_NOMEM},   {BIGHT_ERROR_LIMIT, G_FILE_ERROR_MFILE},
    {BIGHT_ERROR_LIMIT, G_FILE_ERROR_NFILE},       {BIGHT_ERROR_RESET, G_FILE_ERROR_PIPE},
    {BIGHT_ERROR_UNSUPPORTED, G_FILE_ERROR_NOSYS},
};

static const pair from_resolver[] = {
    {BIGHT_ERROR_NOT_FOUND, G_RESOLVER_ERROR_NOT_FOUND},
    {BIGHT_ERROR_UNREACHABLE, G_RESOLVER_ERROR_TEMPORARY_FAILURE},
};

static const pair from_tls[] = {
    {BIGHT_ERROR_UNTRUSTED, G_TLS_ERROR_BAD_CERTIFICATE},
    {BIGHT_ERROR_TRUNCATED, G_TLS_ERROR_EOF},
    {BIGHT_ERROR_PROTOCOL, G_TLS_ERROR_HANDSHAKE},
    {BIGHT_ERROR_PROTOCOL, G_TLS_ERROR_NOT_TLS},
    {BIGHT_ERROR_PROTOCOL, G_TLS_ERROR_MISC},
    {BIGHT_ERROR_UNTRUSTED, G_TLS_ERROR_CERTIFICATE_REQUIRED},
};

static bight_status gio_error_find(const pair *table, size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code)
            return table[i].status;
    return BIGHT_ERROR_SYSTEM;
}

static bight_status status_of_io(int code)
{
    bight_status status = gio_error_find(both_ways, G_N_ELEMENTS(both_ways), code);

    return status != BIGHT_ERROR_SYSTEM ? status
                                        : gio_error_find(from_io, G_N_ELEMENTS(from_io), code);
}

static bight_status gio_error_status_of(const GError *error)
{
    if (error->domain == G_IO_ERROR)
        return status_of_io(error->code);
    if (error->domain == G_FILE_ERROR)
        return gio_error_find(from_file, G_N_ELEMENTS(from_file), error->code);
    if (error->domain == G_TLS_ERROR)
        return gio_error_find(from_tls, G_N_ELEMENTS(from_tls), error->code);
    if (error->domain == G_RESOLVER_ERROR)
        return gio_error_find(from_resolver, G_N_ELEMENTS(from_resolver), error->code);
    if (error->domain == BIGHT_GIO_ERROR && error->code < BIGHT_OK)
        return (bight_status)error->code;
    return BIGHT_ERROR_SYSTEM;
}

/* The GLib domain that the error came from, if a wrapper has not changed its status. */
static GQuark glib_domain_of(const bight_error *error)
{
    const char *domain = bight_error_get_domain(error);
    GError origin = {.code = bight_error_get_code(error)};

    if (domain == NULL || !g_str_has_suffix(domain, "-quark"))
        return 0;
    origin.domain = g_quark_try_string(domain);
    if (origin.domain == 0 || origin.domain == BIGHT_GIO_ERROR)
        return 0;
    return gio_error_status_of(&origin) == bight_error_get_status(error) ? origin.domain : 0;
}

/* GIO has codes for errors of the system, of name resolution and of certificates, and for
 * cancellation. */
static bool is_in_words_of_gio(const bight_error *error)
{
    static const char *const known[] = {BIGHT_DOMAIN_ERRNO, "c-ares", "x509"};
    const char *domain = bight_error_get_domain(error);

    if (domain == NULL || bight_error_get_status(error) == BIGHT_ERROR_CANCELLED ||
        g_str_has_suffix(domain, "-quark"))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i], domain) == 0)
            return true;
    return false;
}

/* G_IO_ERROR_FAILED if there is no more specific code. */
static int io_code_of(const bight_error *error)
{
    bight_status status = bight_error_get_status(error);
    int errnum = bight_error_get_code(error);

    /* A wrapper may have given it another status, which then counts. */
    if (bight_error_matches(error, BIGHT_DOMAIN_ERRNO, errnum) &&
        bight_status_from_errno(errnum) == status) {
        int code = (int)g_io_error_from_errno(errnum);

        if (code != G_IO_ERROR_FAILED)
            return code;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(both_ways); i++)
        if (both_ways[i].status == status)
            return both_ways[i].code;
    return G_IO_ERROR_FAILED;
}

static GError *error_carry(const bight_error *error)
{
    GError *carrier = g_error_new_literal(BIGHT_GIO_ERROR, (int)bight_error_get_status(error),
                                          bight_error_get_message(error));

    bight_gio_error_get_private(carrier)->error = bight_error_ref(error);
    return carrier;
}

GError *bight_gio_error_export(const bight_error *error)
{
    const char *message = bight_error_get_message(error);
    bight_status status = bight_error_get_status(error);
    GQuark domain = glib_domain_of(error);
    int code = io_code_of(error);

    if (domain != 0)
        return g_error_new_literal(domain, bight_error_get_code(error), message);
    if (!is_in_words_of_gio(error))
        return error_carry(error);
    if (code != G_IO_ERROR_FAILED)
        return g_error_new_literal(G_IO_ERROR, code, message);
    if (status == BIGHT_ERROR_UNTRUSTED)
        return g_error_new_literal(G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, message);
    if (status == BIGHT_ERROR_TRUNCATED)
        return g_error_new_literal(G_TLS_ERROR, G_TLS_ERROR_EOF, message);
    return error_carry(error);
}

bight_error *bight_gio_error_import(GError *take_error)
{
    const bight_error *carried = bight_gio_error_get(take_error);
    bight_error *error;

    if (carried != NULL)
        error = bight_error_ref(carried);
    else if (take_error->domain == BIGHT_GIO_ERROR)
        error = bight_error_new(gio_error_status_of(take_error), "%s", take_error->message);
    else
        error = bight_error_new_code(g_quark_to_string(take_error->domain), take_error->code,
                                     gio_error_status_of(take_error), "%s", take_error->message);
    g_error_free(take_error);
    return error;
}

bight_result bight_gio_result(void *value, GDestroyNotify destroy, GError *take_error)
{
    if (take_error != NULL)
        return bight_result_error(bight_gio_error_import(take_error));
    return bight_result_take(value, destroy);
}

/* A layer that logs the bytes that pass. Lines are built on the stack and written one by one, so
 * that a flood costs no memory. Secrets are hidden before anything is written. */
#include "wire_log.h"
#include "../base/check.h"
#include "../base/options.h"
#include <bight/reactor.h>
#include <bight/wire_log.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_A_LINE = 16, MOST_TEXT = 240, LINE_SIZE = 320 };

/* The settings that the layers of one factory share; immutable. */
typedef struct wire_settings {
    atomic_uint references;
    bight_wire_log_options options;
    bighti_secrets secrets;
    bighti_secret words[]; /* those */
} wire_settings;

/* One direction. */
typedef struct wire_way {
    bighti_search search;
    uint64_t offset;
    char sign;
} wire_way;

typedef struct wire_log {
    wire_settings *settings;
    bight_reactor *reactor;
    uint64_t began;
    wire_way up, down;
} wire_log;

/* A line that is being made. */
typedef struct wire_line {
    size_t begin, size; /* where the text begins, after the time and the sign; the whole size */
    bool hides;         /* a secret is shown as one mark, so that its length is hidden too */
    char text[LINE_SIZE];
} wire_line;

/* -- Lines -- */

static void line_begin(wire_line *line, const wire_log *self, uint64_t now, char sign)
{
    double seconds = (double)(now - self->began) / 1e9;

    line->size = (size_t)snprintf(line->text, 32, "%12.6f %c ", seconds, sign);
    line->begin = line->size;
    line->hides = false;
}

static void line_end(wire_line *line, const wire_log *self)
{
    const bight_wire_log_options *options = &self->settings->options;

    if (line->size == line->begin)
        return;
    line->text[line->size++] = '\n';
    line->text[line->size] = '\0';
    if (options->write != NULL)
        options->write(line->text, line->size, options->data);
    else
        fwrite(line->text, 1, line->size, options->file != NULL ? options->file : stderr);
    line->size = line->begin;
    line->hides = false;
}

static void entry_end(const wire_log *self)
{
    const bight_wire_log_options *options = &self->settings->options;

    if (options->write == NULL)
        fflush(options->file != NULL ? options->file : stderr);
}

/* About the connection. */
static void log_event(wire_log *self, const char *text)
{
    wire_line line;

    line_begin(&line, self, bight_reactor_now(self->reactor), '=');
    for (; *text != '\0' && line.size + 5 < LINE_SIZE; text++)
        line.size += bighti_wire_escape((uint8_t)*text, line.text + line.size);
    line_end(&line, self);
    entry_end(self);
}

/* -- Bytes -- */

static void add_shown_byte(wire_line *line, uint8_t byte, bool hidden)
{
    if (!hidden) {
        line->size += bighti_wire_escape(byte, line->text + line->size);
    } else if (!line->hides) {
        memcpy(line->text + line->size, "***", 3);
        line->size += 3;
    }
    line->hides = hidden;
}

static void log_text(wire_log *self, wire_way *way, bight_view bytes, uint64_t now)
{
    wire_line line;

    line_begin(&line, self, now, way->sign);
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];

        add_shown_byte(&line, byte,
                       bighti_search_hides(&way->search, &self->settings->secrets, byte));
        if (byte == '\n' || line.size >= MOST_TEXT)
            line_end(&line, self);
    }
    line_end(&line, self);
}

static void add_hex_digits(wire_line *line, uint8_t byte)
{
    bighti_wire_hex(byte, line->text + line->size);
    line->size += 2;
}

static void add_hidden_or_hex(wire_line *line, uint8_t byte, bool hidden)
{
    line->text[line->size++] = ' ';
    if (hidden) {
        memcpy(line->text + line->size, "**", 2);
        line->size += 2;
    } else {
        add_hex_digits(line, byte);
    }
}

static void add_spaces(wire_line *line, size_t count)
{
    memset(line->text + line->size, ' ', count);
    line->size += count;
}

static void add_offset(wire_line *line, uint64_t offset)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        add_hex_digits(line, (uint8_t)(offset >> shift));
    add_spaces(line, 1);
}

static void log_hex_line(wire_log *self, wire_way *way, wire_line *line, bight_view bytes)
{
    char shown[BYTES_A_LINE];

    add_offset(line, way->offset);
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        bool hidden = bighti_search_hides(&way->search, &self->settings->secrets, byte);

        add_hidden_or_hex(line, byte, hidden);
        shown[i] = (char)(hidden ? '*' : bighti_wire_is_printable(byte) ? byte : '.');
    }
    add_spaces(line, 3 * (BYTES_A_LINE - bytes.size) + 2);
    line->text[line->size++] = '|';
    memcpy(line->text + line->size, shown, bytes.size);
    line->size += bytes.size;
    line->text[line->size++] = '|';
    way->offset += bytes.size;
    line_end(line, self);
}

static void log_hex(wire_log *self, wire_way *way, bight_view bytes, uint64_t now)
{
    wire_line line;

    line_begin(&line, self, now, way->sign);
    while (bytes.size > 0) {
        size_t part = bytes.size < BYTES_A_LINE ? bytes.size : BYTES_A_LINE;

        log_hex_line(self, way, &line, (bight_view){bytes.data, part});
        bytes.data += part;
        bytes.size -= part;
    }
}

static void log_shown(wire_log *self, wire_way *way, bight_view bytes)
{
    uint64_t now = bight_reactor_now(self->reactor);

    if (self->settings->options.form == BIGHT_WIRE_LOG_HEX)
        log_hex(self, way, bytes, now);
    else
        log_text(self, way, bytes, now);
    entry_end(self);
}

/* When out of memory for the copy that the filter changes, nothing is logged, because it could be
 * a secret. */
static void log_filtered(wire_log *self, wire_way *way, bight_view bytes)
{
    const bight_wire_log_options *options = &self->settings->options;
    uint8_t *copy = malloc(bytes.size);

    if (copy == NULL) {
        log_event(self, "no memory to show what passes");
        return;
    }
    memcpy(copy, bytes.data, bytes.size);
    options->filter(way == &self->down, copy, bytes.size, options->data);
    log_shown(self, way, (bight_view){copy, bytes.size});
    free(copy);
}

static void log_bytes(wire_log *self, wire_way *way, bight_view bytes)
{
    if (bytes.size == 0)
        return;
    if (self->settings->options.filter != NULL)
        log_filtered(self, way, bytes);
    else
        log_shown(self, way, bytes);
}

/* -- The layer -- */

static wire_log *log_of(const bight_layer *layer)
{
    return bight_layer_get_state(layer);
}

static void log_begun(bight_layer *layer)
{
    log_event(log_of(layer), bight_transport_get_peer(bight_layer_get_below(layer)));
}

static bight_layer_next log_decode(bight_layer *layer, bight_layer_bytes *bytes)
{
    wire_log *self = log_of(layer);

    log_bytes(self, &self->up, bytes->in);
    bytes->out = bytes->in;
    bytes->in = (bight_view){NULL, 0};
    return BIGHT_LAYER_MORE;
}

static size_t log_encode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    wire_log *self = log_of(layer);

    log_bytes(self, &self->down, (bight_view){bytes, size});
    bight_layer_send(layer, bytes, size);
    return size;
}

static void log_ended(bight_layer *layer)
{
    log_event(log_of(layer), "the peer has ended");
}

static void log_stopped(bight_layer *layer)
{
    log_event(log_of(layer), "end");
}

static void settings_unref(void *data)
{
    wire_settings *self = data;

    if (atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    if (self->options.destroy != NULL)
        self->options.destroy(self->options.data);
    free(self);
}

static void log_release(bight_layer *layer)
{
    settings_unref(log_of(layer)->settings);
}

static const bight_layer_ops log_ops = {
    .size = sizeof(bight_layer_ops),
    .name = "wire log",
    .begun = log_begun,
    .decode = log_decode,
    .encode = log_encode,
    .ended = log_ended,
    .stopped = log_stopped,
    .release = log_release,
};

static bight_status log_start(bight_transport *below, bight_layer_side side,
                              bight_protocol *protocol, void *data, bight_transport **above)
{
    wire_settings *settings = data;
    bight_layer *layer;
    wire_log *self;
    bight_status status = bight_layer_new(below, &log_ops, sizeof(*self), &layer);

    (void)side;
    if (status != BIGHT_OK)
        return status;
    self = log_of(layer);
    atomic_fetch_add_explicit(&settings->references, 1, memory_order_relaxed);
    self->settings = settings;
    self->reactor = bight_transport_get_reactor(below);
    self->began = bight_reactor_now(self->reactor);
    self->up.sign = '<';
    self->down.sign = '>';
    *above = bight_layer_begin(layer, protocol);
    return BIGHT_OK;
}

/* -- Settings -- */

static bool form_is_known(bight_wire_log_form form)
{
    return form == BIGHT_WIRE_LOG_TEXT || form == BIGHT_WIRE_LOG_HEX;
}

/* The number of secrets; more than the maximum if one of them is invalid. */
static unsigned count_secrets(const char *const *words)
{
    unsigned count = 0;

    while (words != NULL && count <= BIGHTI_MOST_SECRETS && words[count] != NULL) {
        size_t size = strlen(words[count]);

        if (size == 0 || size > BIGHTI_SECRET_SIZE || strpbrk(words[count], "\r\n") != NULL)
            return BIGHTI_MOST_SECRETS + 1;
        count++;
    }
    return count;
}

static wire_settings *settings_new(const bight_wire_log_options *options, unsigned count)
{
    wire_settings *self = calloc(1, sizeof(*self) + count * sizeof(bighti_secret));

    if (self == NULL)
        return NULL;
    atomic_init(&self->references, 1);
    self->options = *options;
    self->options.secrets = NULL;
    self->secrets = (bighti_secrets){count, self->words};
    for (unsigned i = 0; i < count; i++)
        bighti_secret_init(&self->secrets.all[i], options->secrets[i]);
    return self;
}

bight_status bight_wire_log_new_layer(const bight_wire_log_options *given,
                                      bight_layer_factory **factory)
{
    static const bight_wire_log_options defaults = BIGHT_WIRE_LOG_OPTIONS_INIT;
    bight_status status = BIGHT_ERROR_INVALID;
    bight_wire_log_options options;
    wire_settings *settings = NULL;
    unsigned count;

    if (!bighti_options_read(given, &defaults, sizeof(options), &options))
        return BIGHT_ERROR_INVALID;
    count = count_secrets(options.secrets);
    if (count <= BIGHTI_MOST_SECRETS && form_is_known(options.form)) {
        settings = settings_new(&options, count);
        status = BIGHT_ERROR_NO_MEMORY;
    }
    if (settings != NULL)
        return bight_layer_factory_new(log_start, settings, settings_unref, factory);
    if (options.destroy != NULL)
        options.destroy(options.data);
    return status;
}

/* Pins: the keys of peers that a person has decided to trust, by host and port. They are kept in
 * memory, and in a file if the program has named one.
 *
 * The file is only appended to: a later line about the same place replaces an earlier one. So two
 * programs may share a file, and a crash cannot lose what was remembered before. Each line is the
 * key's fingerprint in hexadecimal, or "-" for a place that was forgotten, a space and the place.
 */
#include "tls_pins.h"
#include "../base/hex.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_PINS = 10000, MOST_BYTES = 4 << 20, HEX_SIZE = 2 * BIGHT_FINGERPRINT_SIZE };

struct bighti_tls_pin {
    bighti_tls_pin *next;
    uint8_t key[BIGHT_FINGERPRINT_SIZE];
    char place[];
};

void bighti_tls_pins_init(bighti_tls_pins *pins)
{
    *pins = (bighti_tls_pins){.first = NULL};
    pthread_mutex_init(&pins->lock, NULL);
}

void bighti_tls_pins_deinit(bighti_tls_pins *pins)
{
    while (pins->first != NULL) {
        bighti_tls_pin *pin = pins->first;

        pins->first = pin->next;
        free(pin);
    }
    free(pins->file);
    pthread_mutex_destroy(&pins->lock);
}

/* -- In memory -- */

/* The link that leads to a pin, or the last one. */
static bighti_tls_pin **pins_find(bighti_tls_pins *pins, const char *place)
{
    bighti_tls_pin **link = &pins->first;

    while (*link != NULL && strcmp((*link)->place, place) != 0)
        link = &(*link)->next;
    return link;
}

static bight_status pins_put(bighti_tls_pins *pins, const char *place, const uint8_t *key)
{
    bighti_tls_pin **link = pins_find(pins, place), *pin = *link;
    size_t size = strlen(place) + 1;

    if (pin == NULL) {
        if (pins->count == MOST_PINS)
            return BIGHT_ERROR_LIMIT;
        pin = malloc(sizeof(*pin) + size);
        if (pin == NULL)
            return BIGHT_ERROR_NO_MEMORY;
        pin->next = NULL;
        memcpy(pin->place, place, size);
        *link = pin;
        pins->count++;
    }
    memcpy(pin->key, key, sizeof(pin->key));
    return BIGHT_OK;
}

static void pins_drop(bighti_tls_pins *pins, const char *place)
{
    bighti_tls_pin **link = pins_find(pins, place), *pin = *link;

    if (pin == NULL)
        return;
    *link = pin->next;
    pins->count--;
    free(pin);
}

bighti_tls_known bighti_tls_pins_check(bighti_tls_pins *pins, const char *place, const uint8_t *key)
{
    bighti_tls_known known = BIGHTI_TLS_UNKNOWN;
    const bighti_tls_pin *pin;

    pthread_mutex_lock(&pins->lock);
    pin = *pins_find(pins, place);
    if (pin != NULL)
        known = memcmp(pin->key, key, sizeof(pin->key)) == 0 ? BIGHTI_TLS_KNOWN : BIGHTI_TLS_OTHER;
    pthread_mutex_unlock(&pins->lock);
    return known;
}

/* -- In a file -- */

static bool hex_read(const char *text, uint8_t key[BIGHT_FINGERPRINT_SIZE])
{
    for (size_t i = 0; i < BIGHT_FINGERPRINT_SIZE; i++) {
        int high = bighti_hex_digit((uint8_t)text[2 * i]);
        int low = high >= 0 ? bighti_hex_digit((uint8_t)text[2 * i + 1]) : -1;

        if (low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bight_status pins_read_line(bighti_tls_pins *pins, const char *line)
{
    uint8_t key[BIGHT_FINGERPRINT_SIZE];

    if (line[0] == '\0' || line[0] == '#')
        return BIGHT_OK;
    if (strncmp(line, "- ", 2) == 0 && line[2] != '\0') {
        pins_drop(pins, line + 2);
        return BIGHT_OK;
    }
    if (strlen(line) < HEX_SIZE + 2 || line[HEX_SIZE] != ' ' || !hex_read(line, key))
        return BIGHT_ERROR_INVALID;
    return pins_put(pins, line + HEX_SIZE + 1, key);
}

static bight_error *pins_read(bighti_tls_pins *pins, FILE *file)
{
    char *line = NULL;
    size_t room = 0, total = 0;
    ssize_t size;
    unsigned number = 0;
    bight_status status = BIGHT_OK;

    while (status == BIGHT_OK && (size = getline(&line, &room, file)) >= 0) {
        number++;
        total += (size_t)size;
        if (size > 0 && line[size - 1] == '\n')
            line[size - 1] = '\0';
        status = total > MOST_BYTES ? BIGHT_ERROR_LIMIT : pins_read_line(pins, line);
    }
    free(line);
    if (ferror(file) != 0)
        return bight_error_new_errno(errno, "pins %s", pins->file);
    if (status == BIGHT_OK)
        return NULL;
    return bight_error_new(status, "pins %s: line %u: %s", pins->file, number,
                           status == BIGHT_ERROR_INVALID ? "expected a fingerprint and HOST:PORT"
                                                         : bight_status_text(status));
}

/* A file that is not there is empty: it is made when the first pin is remembered. */
bight_error *bighti_tls_pins_load(bighti_tls_pins *pins, const char *path)
{
    bight_error *error;
    FILE *file;

    pins->file = strdup(path);
    if (pins->file == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for pins");
    file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT ? NULL : bight_error_new_errno(errno, "pins %s", path);
    error = pins_read(pins, file);
    fclose(file);
    return error;
}

/* One write, so that lines of two programs do not mix. The line begins with a newline, which ends a
 * line that a crash has cut off, and is left out otherwise. */
static bight_status pins_append(const char *path, const char *line, size_t size)
{
    int descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    struct stat file;
    char last = '\n';
    bight_status status = BIGHT_OK;

    if (descriptor < 0)
        return bight_status_from_errno(errno);
    if (fstat(descriptor, &file) != 0 || file.st_size == 0 ||
        pread(descriptor, &last, 1, file.st_size - 1) != 1 || last == '\n') {
        line++;
        size--;
    }
    errno = EIO;
    if (write(descriptor, line, size) != (ssize_t)size)
        status = bight_status_from_errno(errno);
    close(descriptor);
    return status;
}

static bight_status pins_save(const bighti_tls_pins *pins, const char *place, const uint8_t *key)
{
    size_t size = HEX_SIZE + strlen(place) + 4, at = 1;
    bight_status status;
    char *line;

    if (pins->file == NULL)
        return BIGHT_OK;
    line = malloc(size);
    if (line == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    line[0] = '\n';
    for (size_t i = 0; key != NULL && i < BIGHT_FINGERPRINT_SIZE; i++)
        at += (size_t)snprintf(line + at, size - at, "%02x", key[i]);
    at += (size_t)snprintf(line + at, size - at, "%s %s\n", key != NULL ? "" : "-", place);
    status = pins_append(pins->file, line, at);
    free(line);
    return status;
}

/* A place with control characters would be another line of the file. */
static bool place_is_valid(const char *place)
{
    for (const char *at = place; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    }
    return place[0] != '\0';
}

bight_status bighti_tls_pins_add(bighti_tls_pins *pins, const char *place, const uint8_t *key)
{
    bight_status status;

    if (!place_is_valid(place))
        return BIGHT_ERROR_INVALID;
    pthread_mutex_lock(&pins->lock);
    status = pins_put(pins, place, key);
    if (status == BIGHT_OK)
        status = pins_save(pins, place, key);
    pthread_mutex_unlock(&pins->lock);
    return status;
}

bight_status bighti_tls_pins_remove(bighti_tls_pins *pins, const char *place)
{
    bight_status status = BIGHT_OK;

    pthread_mutex_lock(&pins->lock);
    if (*pins_find(pins, place) != NULL) {
        pins_drop(pins, place);
        status = pins_save(pins, place, NULL);
    }
    pthread_mutex_unlock(&pins->lock);
    return status;
}

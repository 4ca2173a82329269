/* The keys that a context has remembered. */
#ifndef BIGHTI_NET_TLS_PINS_H
#define BIGHTI_NET_TLS_PINS_H

#include <bight/certificate.h>
#include <bight/error.h>
#include <pthread.h>

typedef struct bighti_tls_pin bighti_tls_pin;

typedef struct bighti_tls_pins {
    pthread_mutex_t lock; /* a context may be shared by the reactors of several threads */
    bighti_tls_pin *first;
    size_t count;
    char *file; /* NULL for memory alone */
} bighti_tls_pins;

/* Whether a place has a pin. */
typedef enum bighti_tls_known {
    BIGHTI_TLS_UNKNOWN, /* none */
    BIGHTI_TLS_KNOWN,   /* this key */
    BIGHTI_TLS_OTHER    /* another key */
} bighti_tls_known;

void bighti_tls_pins_init(bighti_tls_pins *pins);
void bighti_tls_pins_deinit(bighti_tls_pins *pins);

/* Read the file of pins, and keep its name for later ones. Returns NULL or an error. */
bight_error *bighti_tls_pins_load(bighti_tls_pins *pins, const char *path);

bighti_tls_known bighti_tls_pins_check(bighti_tls_pins *pins, const char *place,
                                       const uint8_t *key);

/* If the file cannot be written, the pin holds as long as the context, and the error is returned.
 */
bight_status bighti_tls_pins_add(bighti_tls_pins *pins, const char *place, const uint8_t *key);
bight_status bighti_tls_pins_remove(bighti_tls_pins *pins, const char *place);

#endif

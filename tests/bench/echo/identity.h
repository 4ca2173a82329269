/* A certificate of the benchmark's own, so that none is ever out of date: ECDSA on P-256, signed by
 * itself. */
#ifndef BENCH_ECHO_IDENTITY_H
#define BENCH_ECHO_IDENTITY_H

typedef struct identity {
    char directory[64], certificate[96], key[96]; /* paths; PEM */
} identity;

/* Ends the program when it cannot be made. */
void identity_make(identity *self);
void identity_remove(const identity *self);

#endif

/* A chain, and all that is wrong with it in words: with the date, the names, and which certificate
 * of the chain it is. */
#include "../base/check.h"
#include "certificate.h"
#include <openssl/x509_vfy.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 5, SUBJECT_SIZE = 200, TEXT_SIZE = 1024 };

struct bight_certificate_report {
    atomic_uint references;
    char *host, *peer, *place, *text;
    bight_certificate **chain;
    size_t count;
    bight_certificate_problem *problems;
    size_t problem_count;
    size_t text_size; /* of the texts of all problems, with separators */
    bool changed;
};

void bighti_flaws_add(bighti_flaws *flaws, int code, int depth)
{
    for (size_t i = 0; i < flaws->count; i++) {
        const bighti_flaw *known = &flaws->list[i];

        if (known->code == code && known->depth == depth)
            return;
        if (code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE &&
            known->code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
            return;
    }
    if (flaws->count < BIGHTI_MOST_FLAWS)
        flaws->list[flaws->count++] = (bighti_flaw){code, depth};
}

/* -- Words -- */

/* A text that grows to the right, and is cut at the end of its room. */
typedef struct phrase {
    char text[TEXT_SIZE];
    size_t size;
} phrase;

static void phrase_add(phrase *self, const char *text)
{
    size_t room = sizeof(self->text) - self->size;
    int added = snprintf(self->text + self->size, room, "%s", text);

    self->size += (size_t)added < room ? (size_t)added : room - 1;
}

/* "the certificate", or "certificate 2 of the chain (CN=Between)". */
static void phrase_add_which(phrase *self, const bight_certificate_report *report, size_t place)
{
    char text[SUBJECT_SIZE + 80];

    if (place == 0 || place >= report->count) {
        phrase_add(self, "the certificate");
        return;
    }
    snprintf(text, sizeof(text), "certificate %zu of the chain (%.*s)", place + 1, SUBJECT_SIZE,
             bight_certificate_get_subject(report->chain[place]));
    phrase_add(self, text);
}

static void phrase_add_names(phrase *self, const bight_certificate *certificate)
{
    size_t count = bight_certificate_get_name_count(certificate);
    size_t shown = count < NAMES_SHOWN ? count : NAMES_SHOWN;
    char more[40];

    for (size_t i = 0; i < shown; i++) {
        phrase_add(self, i == 0 ? "" : i + 1 == count ? " and " : ", ");
        phrase_add(self, bight_certificate_get_name(certificate, i));
    }
    if (count > shown) {
        snprintf(more, sizeof(more), " and %zu more", count - shown);
        phrase_add(self, more);
    }
}

static void describe_date(phrase *self, const char *verb, int64_t seconds)
{
    char date[BIGHT_DATE_TEXT_SIZE];

    phrase_add(self, verb);
    phrase_add(self, bight_date_format(seconds, date));
}

/* A name that stands only in the subject is not for a host (RFC 9525). */
static void describe_names(phrase *self, const bight_certificate_report *report,
                           const bight_certificate *leaf)
{
    if (bight_certificate_get_name_count(leaf) == 0) {
        phrase_add(self, " is for no host, only for the subject ");
        phrase_add(self, bight_certificate_get_subject(leaf));
        phrase_add(self, ", and a common name does not count as a host, so it is");
    } else {
        phrase_add(self, " is for ");
        phrase_add_names(self, leaf);
        phrase_add(self, ",");
    }
    phrase_add(self, " not for ");
    phrase_add(self, report->host);
}

static void describe_issuer(phrase *self, const bight_certificate *last)
{
    phrase_add(self, " was issued by ");
    phrase_add(self, bight_certificate_get_issuer(last));
    phrase_add(self, ", which is not trusted here, or the peer did not send the certificates that "
                     "lead to a trusted authority");
}

static void describe_flaw(phrase *self, const bight_certificate_report *report, int code,
                          size_t place)
{
    const bight_certificate *which = report->chain[place < report->count ? place : 0];

    phrase_add_which(self, report, place);
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        describe_date(self, " expired on ", bight_certificate_get_not_after(which));
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        describe_date(self, " is not valid before ", bight_certificate_get_not_before(which));
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        describe_names(self, report, which);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        phrase_add(self, " is signed by itself, not by an authority that is trusted here");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        phrase_add(self, " is an authority that is not trusted here");
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        describe_issuer(self, which);
        break;
    default:
        phrase_add(self, ": ");
        phrase_add(self, X509_verify_cert_error_string(code));
    }
}

/* -- Making one -- */

static bool report_add_problem(bight_certificate_report *self, const bighti_flaw *flaw)
{
    bight_certificate_problem *problem = &self->problems[self->problem_count];
    phrase words = {.size = 0};

    problem->code = flaw->code;
    problem->place = flaw->depth > 0 ? (size_t)flaw->depth : 0;
    describe_flaw(&words, self, flaw->code, problem->place);
    problem->text = strdup(words.text);
    if (problem->text == NULL)
        return false;
    self->problem_count++;
    self->text_size += words.size + 2;
    return true;
}

static bool report_join_problems(bight_certificate_report *self)
{
    size_t size = self->text_size + 1, used = 0;

    self->text = calloc(1, size);
    if (self->text == NULL)
        return false;
    for (size_t i = 0; i < self->problem_count; i++)
        used += (size_t)snprintf(self->text + used, size - used, "%s%s", i > 0 ? "; " : "",
                                 self->problems[i].text);
    return true;
}

static bool report_copy_chain(bight_certificate_report *self, const STACK_OF(X509) * chain)
{
    size_t count = (size_t)sk_X509_num(chain);

    self->chain = calloc(count, sizeof(bight_certificate *));
    if (self->chain == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        self->chain[i] = bighti_certificate_of(sk_X509_value(chain, (int)i));
        if (self->chain[i] == NULL)
            return false;
        self->count++;
    }
    return true;
}

static bool report_fill(bight_certificate_report *self, const STACK_OF(X509) * chain,
                        const bighti_flaws *flaws, const bighti_shown *shown)
{
    self->host = strdup(shown->host);
    self->peer = strdup(shown->peer);
    self->place = strdup(shown->place);
    self->changed = shown->changed;
    self->problems = calloc(flaws->count + 1, sizeof(*self->problems));
    if (self->host == NULL || self->peer == NULL || self->place == NULL || self->problems == NULL ||
        !report_copy_chain(self, chain))
        return false;
    for (size_t i = 0; i < flaws->count; i++) {
        if (!report_add_problem(self, &flaws->list[i]))
            return false;
    }
    return report_join_problems(self);
}

bight_certificate_report *bighti_report_new(const STACK_OF(X509) * chain, const bighti_flaws *flaws,
                                            const bighti_shown *shown)
{
    bight_certificate_report *self;

    if (chain == NULL || sk_X509_num(chain) <= 0)
        return NULL;
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    atomic_init(&self->references, 1);
    if (report_fill(self, chain, flaws, shown))
        return self;
    bight_certificate_report_unref(self);
    return NULL;
}

bight_certificate_report *bight_certificate_report_ref(bight_certificate_report *self)
{
    atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
    return self;
}

void bight_certificate_report_unref(bight_certificate_report *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < self->count; i++)
        bight_certificate_unref(self->chain[i]);
    for (size_t i = 0; i < self->problem_count; i++)
        free((char *)self->problems[i].text);
    free(self->chain);
    free(self->problems);
    free(self->host);
    free(self->peer);
    free(self->place);
    free(self->text);
    free(self);
}

/* -- Questions -- */

const char *bight_certificate_report_get_host(const bight_certificate_report *self)
{
    return self->host;
}

const char *bight_certificate_report_get_peer(const bight_certificate_report *self)
{
    return self->peer;
}

const char *bight_certificate_report_get_place(const bight_certificate_report *self)
{
    return self->place;
}

size_t bight_certificate_report_get_certificate_count(const bight_certificate_report *self)
{
    return self->count;
}

bight_certificate *bight_certificate_report_get_certificate(const bight_certificate_report *self,
                                                            size_t index)
{
    BIGHTI_REQUIRE(index < self->count, "a chain has fewer certificates");
    return self->chain[index];
}

size_t bight_certificate_report_get_problem_count(const bight_certificate_report *self)
{
    return self->problem_count;
}

const bight_certificate_problem *
bight_certificate_report_get_problem(const bight_certificate_report *self, size_t index)
{
    BIGHTI_REQUIRE(index < self->problem_count, "a report has fewer problems");
    return &self->problems[index];
}

bool bight_certificate_report_is_changed(const bight_certificate_report *self)
{
    return self->changed;
}

const char *bight_certificate_report_get_text(const bight_certificate_report *self)
{
    return self->text;
}

/* What all sources have in common: one read at a time, without losing bytes.
 *
 * There are two deferreds for a piece. The source asks its kind for the next bytes (ops->read) and
 * keeps that deferred, the answer, to itself. The reader gets another deferred, whose promise the
 * source holds. So a reader can cancel without the kind being involved: the answer still arrives
 * and is kept at the front for the next read.
 *
 * A piece is also not lost if its deferred is freed before the result was taken. The promise is
 * completed with an offer (deferred/offer.h): the bytes are only passed on when a step or
 * bight_deferred_take() takes them, and until then the piece can come back. The next read ends
 * this, because the order of the bytes would be lost otherwise: from then on an offered piece
 * belongs to the holder of its deferred.
 *
 * Completing the promise may run steps that free the source, so each function that does this holds
 * the memory. */
#include "source.h"
#include "../base/check.h"
#include "../base/options.h"
#include "../deferred/offer.h"
#include "../reactor/resident.h"
#include "../reactor/shared.h"
#include <bight/value.h>
#include <stdlib.h>

/* Some bytes, either at the front, before those that the kind will supply, or on offer. */
typedef struct source_piece {
    bighti_offer offer;
    struct source_piece *next;
    bight_source *source; /* NULL: it belongs to the deferred that it was offered to */
    bight_bytes *bytes;
} source_piece;

/* A request to the kind. It outlives a source that cannot take the answer any more. */
typedef struct source_question {
    bight_source *source; /* NULL: the answer is not wanted */
    bight_deferred *answer;
} source_question;

struct bight_source {
    bighti_resident resident;
    const bight_source_ops *ops;
    void *data;
    bight_reactor *reactor; /* with a reference */
    bight_promise *promise; /* of the waiting read */
    source_piece *front;    /* to be read first */
    source_piece *offered;  /* in a deferred whose result was not taken yet */
    source_piece *spare;
    source_question *question; /* kept for the next one */
    bight_error *error;
    unsigned holds; /* calls on the stack that still use it */
    bool asked;     /* the answer is pending */
    bool asking;    /* ops->read is further down the stack */
    bool ended;
    bool end_told; /* a read got the end */
    bool freed;
};

static const char *source_name(const bight_source *self)
{
    return self->ops->name != NULL ? self->ops->name : "source";
}

/* -- Pieces -- */

static void piece_release(source_piece *piece, bight_source *home)
{
    if (home != NULL && home->spare == NULL && !home->freed)
        home->spare = piece;
    else
        free(piece);
}

static bight_result piece_accept(bighti_offer *offer)
{
    source_piece *piece = BIGHTI_CONTAINER(offer, source_piece, offer);
    bight_bytes *bytes = piece->bytes;

    if (piece->source != NULL)
        piece->source->offered = NULL;
    piece_release(piece, piece->source);
    return bight_result_bytes(bytes);
}

static void piece_drop(bighti_offer *offer)
{
    source_piece *piece = BIGHTI_CONTAINER(offer, source_piece, offer);
    bight_source *source = piece->source;

    if (source == NULL) {
        bight_bytes_unref(piece->bytes);
        free(piece);
        return;
    }
    source->offered = NULL;
    piece->next = source->front;
    source->front = piece;
}

/* The spare one or a new one; NULL when out of memory. */
static source_piece *piece_take(bight_source *self)
{
    source_piece *piece = self->spare;

    self->spare = NULL;
    if (piece == NULL)
        piece = malloc(sizeof(*piece));
    if (piece != NULL)
        *piece = (source_piece){.offer = {piece_accept, piece_drop}, .source = self};
    return piece;
}

/* Appends after the bytes that were put back. */
static void pieces_append(bight_source *self, source_piece *piece)
{
    source_piece **end = &self->front;

    while (*end != NULL)
        end = &(*end)->next;
    *end = piece;
}

static void pieces_forget(bight_source *self)
{
    source_piece *piece;

    if (self->offered != NULL)
        self->offered->source = NULL;
    self->offered = NULL;
    while ((piece = self->front) != NULL) {
        self->front = piece->next;
        bight_bytes_unref(piece->bytes);
        free(piece);
    }
}

bool bighti_source_end_is_told(const bight_source *self)
{
    return self->end_told;
}

bight_bytes *bighti_source_pop_last(bight_source *self)
{
    source_piece **place = &self->front, *piece = self->front;
    bight_bytes *bytes;

    if (piece == NULL)
        return NULL;
    for (; piece->next != NULL; piece = piece->next)
        place = &piece->next;
    *place = NULL;
    bytes = piece->bytes;
    free(piece);
    return bytes;
}

/* -- Life -- */

static void source_unhold(bight_source *self)
{
    if (--self->holds > 0 || !self->freed)
        return;
    free(self->spare);
    free(self->question);
    bight_error_unref(self->error);
    bighti_reactor_unref(self->reactor);
    free(self);
}

static void source_fail(bight_source *self, bight_error *take_error)
{
    bight_error_unref(self->error);
    self->error = take_error;
}

/* The answer is not wanted any more. The step that receives it frees the question. */
static void answer_abandon(bight_source *self)
{
    source_question *question = self->question;

    if (!self->asked)
        return;
    self->asked = false;
    if (self->asking)
        return;
    question->source = NULL;
    self->question = NULL;
    bight_deferred_cancel(question->answer);
}

/* Fail the waiting read. */
static void read_fail(bight_source *self, bight_error *take_error)
{
    bight_promise *promise = self->promise;

    self->promise = NULL;
    bight_promise_on_cancel(promise, NULL, NULL);
    if (!bighti_promise_is_dropped(promise)) {
        bight_promise_fail(promise, take_error);
        return;
    }
    bight_error_unref(take_error);
    bighti_promise_discard(promise);
}

static void on_source_evict(bighti_resident *resident)
{
    bight_source *self = BIGHTI_CONTAINER(resident, bight_source, resident);

    bighti_link_unlink(&resident->link);
    self->holds++;
    answer_abandon(self);
    if (!self->ended && self->error == NULL)
        source_fail(self, bight_error_new(BIGHT_ERROR_CANCELLED, "%s: the reactor was freed",
                                          source_name(self)));
    if (self->promise != NULL)
        read_fail(self, bight_error_ref(self->error));
    source_unhold(self);
}

bight_source *bight_source_new(bight_reactor *reactor, const bight_source_ops *ops, void *data)
{
    bight_source *self;

    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(BIGHTI_TABLE_IS_KNOWN(ops, bight_source_ops, skip),
                   "a source with operations of an unknown size");
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    self->ops = ops;
    self->data = data;
    self->reactor = bighti_reactor_ref(reactor);
    self->resident.evict = on_source_evict;
    bighti_link_init(&self->resident.link);
    if (bighti_is_dead(reactor))
        source_fail(self, bight_error_new(BIGHT_ERROR_CANCELLED, "%s: the reactor was freed",
                                          source_name(self)));
    else
        bighti_resident_join(&self->resident, reactor);
    return self;
}

void bight_source_free(bight_source *source)
{
    if (source == NULL)
        return;
    bighti_check_thread(source->reactor);
    bighti_link_unlink(&source->resident.link);
    source->holds++;
    source->freed = true;
    answer_abandon(source);
    if (source->ops->free != NULL)
        source->ops->free(source->data);
    pieces_forget(source);
    if (source->promise != NULL)
        read_fail(source, bight_error_new(BIGHT_ERROR_CANCELLED, "%s: the source was freed",
                                          source_name(source)));
    source_unhold(source);
}

void bight_value_source(void *value)
{
    bight_source_free(value);
}

bight_source *bight_result_get_source(bight_result result)
{
    return bight_value_check(result, bight_value_source, "source", "bight_result_get_source()");
}

bight_source *bight_result_steal_source(bight_result *result)
{
    bight_source *source = bight_result_get_source(*result);

    *result = bight_result_value(NULL);
    return source;
}

/* -- Reading -- */

static void on_read_cancelled(bight_promise *promise, void *data)
{
    bight_source *self = data;

    self->promise = NULL;
    bight_promise_free(promise);
}

static void read_complete(bight_source *self, source_piece *piece)
{
    bight_promise *promise = self->promise;

    self->promise = NULL;
    self->end_told = piece == NULL && !bighti_promise_is_dropped(promise);
    bight_promise_on_cancel(promise, NULL, NULL);
    self->offered = piece;
    if (piece != NULL)
        bighti_promise_offer(promise, &piece->offer);
    else
        bight_promise_fire(promise, NULL, bight_value_bytes);
}

/* Complete the waiting read with the available bytes. False if there are none. */
static bool read_answer(bight_source *self)
{
    source_piece *piece = self->front;

    if (piece != NULL) {
        self->front = piece->next;
        read_complete(self, piece);
    } else if (self->error != NULL) {
        read_fail(self, bight_error_ref(self->error));
    } else if (self->ended) {
        read_complete(self, NULL);
    } else {
        return false;
    }
    return true;
}

/* Keep the kind's answer at the front. */
static void answer_accept(bight_source *self, bight_result answer)
{
    bight_bytes *bytes = answer.value;
    source_piece *piece;

    if (answer.error != NULL) {
        source_fail(self, answer.error);
        return;
    }
    if (bytes == NULL) {
        self->ended = true;
        return;
    }
    bytes = bight_result_get_bytes(answer);
    piece = bight_bytes_get_view(bytes).size > 0 ? piece_take(self) : NULL;
    if (piece == NULL && bight_bytes_get_view(bytes).size > 0)
        source_fail(self,
                    bight_error_new(BIGHT_ERROR_NO_MEMORY, "%s: out of memory", source_name(self)));
    if (piece == NULL) {
        bight_bytes_unref(bytes);
        return;
    }
    piece->bytes = bytes;
    pieces_append(self, piece);
}

static void source_serve(bight_source *self);

static bight_result on_kind_answer(bight_result in, void *data)
{
    source_question *question = data;
    bight_source *self = question->source;

    bight_deferred_free(question->answer);
    question->answer = NULL;
    if (self == NULL) {
        free(question);
        bight_result_free(in);
        return bight_result_value(NULL);
    }
    self->asked = false;
    self->holds++;
    answer_accept(self, in);
    source_serve(self);
    source_unhold(self);
    return bight_result_value(NULL);
}

/* Take an available answer, or wait for it. False if it is pending. */
static bool source_answer_take(bight_source *self, bight_deferred *take_answer)
{
    bight_result result;

    if (bight_deferred_take(take_answer, &result)) {
        bight_deferred_free(take_answer);
        self->asked = false;
        answer_accept(self, result);
        return true;
    }
    self->question->source = self;
    self->question->answer = take_answer;
    bight_deferred_listen_at(take_answer, on_kind_answer, self->question, BIGHT_HERE);
    return false;
}

/* Ask the kind for more. False if the answer is pending. */
static bool source_ask(bight_source *self)
{
    bight_deferred *answer;

    if (self->asked)
        return false;
    self->asked = self->asking = true;
    answer = self->ops->read(self->data);
    self->asking = false;
    if (answer != NULL && self->asked)
        return source_answer_take(self, answer);
    /* When out of memory it can be tried again; otherwise the source was freed or rewound
     * meanwhile. */
    if (answer == NULL && self->asked && self->promise != NULL)
        read_fail(self, bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
    self->asked = false;
    bight_deferred_cancel(answer);
    bight_deferred_free(answer);
    return true;
}

static void source_serve(bight_source *self)
{
    while (self->promise != NULL && !self->asking && !read_answer(self) && source_ask(self)) {
    }
}

/* Allocates the memory that an answer will need before the kind is asked. */
static bool source_prepare(bight_source *self)
{
    if (self->question == NULL)
        self->question = calloc(1, sizeof(*self->question));
    if (self->spare == NULL)
        self->spare = malloc(sizeof(*self->spare));
    return self->question != NULL && self->spare != NULL;
}

/* Whether a read waits. A read whose deferred was freed does not count. */
static bool source_is_read(bight_source *self)
{
    if (self->promise == NULL)
        return false;
    if (!bighti_promise_is_dropped(self->promise))
        return true;
    read_fail(self, NULL);
    return false;
}

bight_deferred *bight_source_read_at(bight_source *source, const char *where)
{
    bight_deferred *deferred;

    if (source == NULL)
        return NULL;
    bighti_check_thread(source->reactor);
    BIGHTI_REQUIRE(!source->freed, "the source was freed");
    if (source_is_read(source))
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_STATE, "%s: another read waits", source_name(source)),
            where);
    if (source->offered != NULL)
        source->offered->source = NULL;
    source->offered = NULL;
    if (!source_prepare(source))
        return NULL;
    deferred = bight_deferred_new_at(&source->promise, where);
    if (deferred == NULL)
        return NULL;
    bight_promise_on_cancel(source->promise, on_read_cancelled, source);
    source->holds++;
    source_serve(source);
    source_unhold(source);
    return deferred;
}

void bight_source_unread(bight_source *source, bight_bytes *take_bytes)
{
    source_piece *piece = NULL;

    bighti_check_thread(source->reactor);
    BIGHTI_REQUIRE(!source_is_read(source), "bytes are put back while a read waits");
    if (take_bytes != NULL && bight_bytes_get_view(take_bytes).size > 0 && !source->freed) {
        piece = piece_take(source);
        if (piece == NULL)
            source_fail(source, bight_error_new(BIGHT_ERROR_NO_MEMORY,
                                                "%s: no memory for bytes that are put back",
                                                source_name(source)));
    }
    if (piece == NULL) {
        bight_bytes_unref(take_bytes);
        return;
    }
    piece->bytes = take_bytes;
    piece->next = source->front;
    source->front = piece;
}

bight_status bight_source_rewind(bight_source *source)
{
    bight_status status;

    bighti_check_thread(source->reactor);
    if (source->ops->rewind == NULL)
        return BIGHT_ERROR_UNSUPPORTED;
    if (source_is_read(source) || bighti_is_dead(source->reactor))
        return BIGHT_ERROR_STATE;
    answer_abandon(source);
    status = source->ops->rewind(source->data);
    if (status != BIGHT_OK)
        return status;
    pieces_forget(source);
    source_fail(source, NULL);
    source->ended = source->end_told = false;
    return BIGHT_OK;
}

/* -- Questions -- */

static uint64_t length_add(uint64_t a, uint64_t b)
{
    return a > BIGHT_SOURCE_UNKNOWN - b ? BIGHT_SOURCE_UNKNOWN : a + b;
}

uint64_t bight_source_get_length(bight_source *source)
{
    uint64_t length = 0;

    bighti_check_thread(source->reactor);
    if (!source->ended && source->ops->get_length == NULL)
        return BIGHT_SOURCE_UNKNOWN;
    if (!source->ended)
        length = source->ops->get_length(source->data);
    for (const source_piece *piece = source->front; piece != NULL; piece = piece->next)
        length = length_add(length, bight_bytes_get_view(piece->bytes).size);
    return length;
}

bight_reactor *bight_source_get_reactor(const bight_source *source)
{
    return source->reactor;
}

bool bight_source_get_file(bight_source *source, bight_source_file *file)
{
    bight_source_file known = {.size = sizeof(known)};

    bighti_check_thread(source->reactor);
    if (source->ops->get_file == NULL || source->asked || source->front != NULL ||
        source->error != NULL || source->ended || !source->ops->get_file(source->data, &known))
        return false;
    bighti_stats_write(&known, sizeof(known), file);
    return true;
}

void bight_source_skip(bight_source *source, uint64_t count)
{
    bight_source_file file = {.size = sizeof(file)};

    BIGHTI_REQUIRE(bight_source_get_file(source, &file), "the source is no file now");
    source->ops->skip(source->data, count);
}

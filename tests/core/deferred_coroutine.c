/* Coroutines as a C program writes them; driven by deferred_coroutine_test.cpp. */
#include "deferred_coroutine.h"
#include <stdlib.h>

struct adder {
    bight_co co;
    next_fn next;
    void *data;
    int left;
    intptr_t sum;
    int *freed;
};

static bight_result add(bight_co *co, void *frame)
{
    struct adder *self = frame;

    BIGHT_CO_BEGIN(co);
    while (self->left-- > 0) {
        BIGHT_CO_TRY(co, self->next(self->data));
        self->sum += (intptr_t)co->result.value;
    }
    if (self->sum < 0) {
        BIGHT_CO_AWAIT(co, self->next(self->data));
        if (co->result.error != NULL)
            return bight_result_value((void *)(intptr_t)-1);
        return bight_co_take(co);
    }
    return bight_result_value((void *)self->sum);
    BIGHT_CO_END(co);
}

/* Written on one line, as a macro of the program may do. */
#define ADD_TWO(co, self)                                                                          \
    BIGHT_CO_TRY(co, (self)->next((self)->data));                                                  \
    (self)->sum += (intptr_t)(co)->result.value;                                                   \
    BIGHT_CO_TRY(co, (self)->next((self)->data));                                                  \
    (self)->sum += (intptr_t)(co)->result.value

static bight_result add_two(bight_co *co, void *frame)
{
    struct adder *self = frame;

    BIGHT_CO_BEGIN(co);
    ADD_TWO(co, self);
    return bight_result_value((void *)self->sum);
    BIGHT_CO_END(co);
}

static void adder_free(void *frame)
{
    struct adder *self = frame;

    ++*self->freed;
    free(self);
}

bight_deferred *add_up(next_fn next, void *data, int count, intptr_t start, int *freed)
{
    struct adder *self = malloc(sizeof(*self));

    if (self == NULL)
        return NULL;
    *self = (struct adder){.next = next, .data = data, .left = count, .sum = start, .freed = freed};
    return bight_co_start(add, self, &self->co, adder_free);
}

bight_deferred *add_both(next_fn next, void *data, int *freed)
{
    struct adder *self = malloc(sizeof(*self));

    if (self == NULL)
        return NULL;
    *self = (struct adder){.next = next, .data = data, .freed = freed};
    return bight_co_start(add_two, self, &self->co, adder_free);
}

static bight_result nothing(bight_co *co, void *frame)
{
    (void)frame;
    BIGHT_CO_BEGIN(co);
    BIGHT_CO_END(co);
}

bight_deferred *do_nothing(bight_co *co)
{
    return bight_co_start(nothing, NULL, co, NULL);
}

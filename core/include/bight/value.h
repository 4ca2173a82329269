/** @file bight/value.h
 * The types of values in results.
 *
 * A result holds a `void *`; its destroy function identifies the type. BIGHT_VALUE() returns the
 * pointer with its type. Debug builds (without NDEBUG) abort, with the line and both names, if the
 * value was made with another destroy function, or if there is an error instead of a value. This
 * costs no memory.
 *
 *     static bight_result show(bight_result in, void *window)
 *     {
 *         struct page *page = BIGHT_VALUE(struct page, in, page_free);
 *         ...
 *
 * For values that need no freeing, use a function that does nothing, a separate one for each type.
 * This header has functions for the commonest types.
 */
#ifndef BIGHT_VALUE_H
#define BIGHT_VALUE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/**
 * The value of a result, as a pointer to @p type.
 *
 * @param type     what it points to
 * @param result   a bight_result that holds a value; it keeps the ownership
 * @param destroy  the function that the value was made with
 * @errors         in debug builds, another function or an error is misuse and aborts
 */
#ifdef NDEBUG
#define BIGHT_VALUE(type, result, destroy) ((void)(destroy), (type *)(result).value)
#else
#define BIGHT_VALUE(type, result, destroy)                                                         \
    ((type *)bight_value_check((result), (destroy), #type, BIGHT_HERE))
#endif

/**
 * The value of a result, after the check that BIGHT_VALUE() does in debug builds.
 *
 * @param type   the name for the message
 * @param where  the place for the message
 * @owner        the result's
 * @thread       any
 */
BIGHT_API void *bight_value_check(bight_result result, bight_destroy_fn destroy, const char *type,
                                  const char *where);

/** The type of a number that is held in the pointer itself; frees nothing. @thread any */
BIGHT_API void bight_value_int(void *value);

/** A result that is a number. @errors none @thread any */
BIGHT_API bight_result bight_result_int(intptr_t number);

/** The number of a result made by bight_result_int(); aborts in any build if it is none. */
BIGHT_API intptr_t bight_result_get_int(bight_result result);

/** The type of a string from malloc(); frees it. @thread any */
BIGHT_API void bight_value_string(void *value);

/** A result that is a string. @param take_string from malloc(); NULL is out of memory */
BIGHT_API bight_result bight_result_string(char *take_string);

/** The string of a result made by bight_result_string(). @owner borrowed: the result's */
BIGHT_API const char *bight_result_get_string(bight_result result);

/** The type of shared bytes; gives the reference back. @thread any */
BIGHT_API void bight_value_bytes(void *value);

/** A result that is shared bytes. @param take_bytes a reference; NULL is out of memory */
BIGHT_API bight_result bight_result_bytes(bight_bytes *take_bytes);

/** The bytes of a result made by bight_result_bytes(). @owner borrowed: the result's */
BIGHT_API bight_bytes *bight_result_get_bytes(bight_result result);

BIGHT_END_DECLS

#endif

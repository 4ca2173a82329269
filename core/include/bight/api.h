/** @file bight/api.h
 * Macros for every public header: linkage, visibility and compile-time checks.
 */
#ifndef BIGHT_API_H
#define BIGHT_API_H

#ifdef __cplusplus
#define BIGHT_BEGIN_DECLS extern "C" {
#define BIGHT_END_DECLS }
#else
#define BIGHT_BEGIN_DECLS
#define BIGHT_END_DECLS
#endif

/** Marks a symbol that the shared libraries export; all others are hidden. */
#define BIGHT_API __attribute__((visibility("default")))

/** The caller must look at the result. */
#define BIGHT_MUST_USE __attribute__((warn_unused_result))

/** Lets the compiler check the arguments against a printf format. */
#define BIGHT_PRINTF(format_index, first_index)                                                    \
    __attribute__((format(printf, format_index, first_index)))

#endif

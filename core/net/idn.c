#include "host_name.h"
#include <idn2.h>
#include <string.h>

/* Non-transitional, as browsers and curl: "ß" stays what it is. A name that this does not allow is
 * tried in the transitional way, which some older names need. */
bight_status bighti_idn_to_ascii(const char *name, char ascii[BIGHTI_ASCII_NAME_SIZE],
                                 const char **why)
{
    char *found = NULL;
    int result = idn2_lookup_u8((const uint8_t *)name, (uint8_t **)&found,
                                IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

    if (result != IDN2_OK && result != IDN2_MALLOC)
        result = idn2_lookup_u8((const uint8_t *)name, (uint8_t **)&found,
                                IDN2_NFC_INPUT | IDN2_TRANSITIONAL);
    if (result != IDN2_OK) {
        *why = idn2_strerror(result);
        return result == IDN2_MALLOC ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_INVALID;
    }
    if (strlen(found) >= BIGHTI_ASCII_NAME_SIZE)
        result = IDN2_TOO_BIG_DOMAIN;
    else
        memcpy(ascii, found, strlen(found) + 1);
    idn2_free(found);
    *why = "not a name";
    return result == IDN2_OK ? BIGHT_OK : BIGHT_ERROR_INVALID;
}

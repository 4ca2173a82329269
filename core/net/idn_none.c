/* For builds without libidn2. */
#include "host_name.h"

bight_status bighti_idn_to_ascii(const char *name, char ascii[BIGHTI_ASCII_NAME_SIZE],
                                 const char **why)
{
    (void)name;
    (void)ascii;
    *why = "an international name, for which this library was built without libidn2; its ASCII "
           "form (xn--...) is understood";
    return BIGHT_ERROR_UNSUPPORTED;
}

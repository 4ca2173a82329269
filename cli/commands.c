#include "command.h"
#include <stddef.h>

const cli_command *const cli_commands[] = {
    &cli_command_echo,    &cli_command_chatd,
    &cli_command_connect, &cli_command_follow,
    &cli_command_forward, &cli_command_chaos,
    &cli_command_sql,     &cli_command_resolve,
    &cli_command_hosts,   NULL,
};

#include "program.h"
#include "options.h"

void cli_program_init(cli_program *program, cli_options *options)
{
    *program = (cli_program){.options = options, .command = options->command};
    bighti_link_init(&program->members);
}

void cli_program_end(cli_program *program, int status)
{
    if (program->status == CLI_OK)
        program->status = status;
    program->over = true;
    bight_reactor_stop(program->reactor);
}

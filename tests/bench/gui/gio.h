/* The network as a program on GIO does it. */
#ifndef BENCH_GUI_GIO_H
#define BENCH_GUI_GIO_H

/* Priority -1 is GIO's default. */
void meter_connect_gio(unsigned port, unsigned peers, int priority);

#endif

#ifndef PCIEM_TORTURE_H
#define PCIEM_TORTURE_H

int run_cycles(unsigned int times);
int run_storm(unsigned int times);
int run_kills(unsigned int times, unsigned int seed);

#endif

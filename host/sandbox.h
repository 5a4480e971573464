/* What a worker may do. This keeps accidents small (a runaway allocation, a telemetry call, a log
 * file); it is no wall against code that means harm: run such code in a virtual machine. */
#ifndef LP_HOST_SANDBOX_H
#define LP_HOST_SANDBOX_H

/* Dies with its parent, no core files, memory bounded, no new privileges, no terminal; standard
 * input and output are /dev/null (standard error too unless LOSSPROOF_SUBJECT_STDERR is set). */
void lp_sandbox_limits(int parent);
/* After loading: no network, no programs, no writing to files, no signals to others, for all
 * threads; threads may be made. What is refused fails with EPERM. Returns "" or why the filter is
 * not in place: it is not built in, the kernel refuses, LOSSPROOF_SANDBOX=off (a subject that opens
 * a device for writing, such as a GPU, needs that). */
const char *lp_sandbox_enter(void);

#endif

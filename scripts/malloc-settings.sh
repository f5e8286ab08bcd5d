# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Sourced before training: it frees and allocates hundreds of megabytes a step, and malloc is to keep them.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-8589934592}"
export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-17179869184}"
export MALLOC_TOP_PAD_="${MALLOC_TOP_PAD_:-67108864}"

// SPDX-License-Identifier: Apache-2.0
/// Work of commands on a cluster: what is sent there in place of data and metrics.
@NullMarked
package dev.quench.cli.cluster;

import org.jspecify.annotations.NullMarked;

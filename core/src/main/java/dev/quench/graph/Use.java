// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

/// One place where a value is read: input number `inputIndex` of `node`, which may sit in a nested
/// graph.
public record Use(Node node, int inputIndex) {}

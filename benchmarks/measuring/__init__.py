# SPDX-License-Identifier: Apache-2.0
"""Measures sides of a comparison by turns and says which targets are met."""

-- Every SDK out there has to be authorised anew after this.

DROP TABLE sdk_tokens;
